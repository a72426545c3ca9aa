import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { createEngine } from '../../local/dynamodb/engine.ts'
import { type Table, TableProperties } from '../../local/dynamodb/tables.ts'

/** What a local stack has on the disk. */

/**
 * The local stand-ins for AWS's own secrets: each in its file, which only its owner reads, and nowhere else.
 */
const secretFiles = ['secret', 'token-key.json', 'operator.env']

const place = { region: 'eu-central-1', accountId: '000000000000' }
const prompt = { lagMs: 0, hasRates: false, seed: 1, transactionMs: 0, meter: undefined }
const Names = z.object({ TableNames: z.array(z.string()) })

const tablesIn = async (directory: string): Promise<Table[]> => {
  const engine = createEngine({ ...place, ...prompt, directory, tables: [] })
  try {
    const { TableNames } = Names.parse(await engine.call('ListTables', {}))
    const described = TableNames.map((TableName) => engine.call('DescribeTable', { TableName }))
    return (await Promise.all(described)).map((one) => TableProperties.parse(one.Table))
  } finally {
    await engine.close()
  }
}

/** Every row of the table. The stack has to have ended. */
export const rowsIn = async (directory: string): Promise<string[]> => {
  const tables = await tablesIn(directory)
  const engine = createEngine({ ...place, ...prompt, directory, tables })
  try {
    const scans = await Promise.all(tables.map(({ TableName }) => engine.call('Scan', { TableName })))
    return scans
      .flatMap((scan) => z.object({ Items: z.array(z.unknown()) }).parse(scan).Items)
      .map((item) => JSON.stringify(item))
  } finally {
    await engine.close()
  }
}

/** The files as they are on the disk, which for queues also means what was deleted there. */
export const filesIn = async (directory: string): Promise<[string, string][]> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && !secretFiles.includes(entry.name))
  return Promise.all(
    files.map(
      async ({ parentPath, name }): Promise<[string, string]> => [
        `file ${name}`,
        await readFile(join(parentPath, name), 'latin1'),
      ],
    ),
  )
}

/** What derives credentials, signs tokens, and lets the operator in. */
export const secretsOf = async (directory: string): Promise<string[]> => {
  const [secret = '', key = '', operator = ''] = await Promise.all(
    secretFiles.map((name) => readFile(join(directory, name), 'utf8')),
  )
  const { d } = z.looseObject({ d: z.string() }).parse(JSON.parse(key))
  const values = [...operator.matchAll(/^(?:export )?AWS_(?:SECRET_ACCESS_KEY|SESSION_TOKEN)=(\S+)/gm)]
  assert.equal(values.length, 2)
  return [secret, d, ...values.map(([, value = '']) => value)]
}
