import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import { type LocalDeployment, start } from '../local/start.ts'
import type { StartOptions } from '../local/start-options.ts'
import { startDynamoDb } from '../test/local/dynamodb/start.ts'
import { dockWithHistory, type History } from '../test/support/dock-with-history.ts'
import { tableOn, tableProperties } from '../test/support/table.ts'
import { putAll } from './put-all.ts'
import { unthrottled } from './unthrottled.ts'

/** A local stack whose table has a fleet of docks with a month of history. */

const digits = 5
const serials = (n: number) => {
  const number = String(n).padStart(digits, '0')
  return { dockSn: `7CTDHIST${number}`, aircraftSn: `1581FHIST${number}` }
}
export const serialOf = (n: number): string => serials(n).dockSn

const ofEach = { uploads: 30, alarms: 20 } satisfies Partial<History>

/** The code itself records one dock's history; the others get copies. */
const fill = async (directory: string, tableName: string, docks: number): Promise<string> => {
  const properties = { ...tableProperties(), TableName: tableName }
  const database = await startDynamoDb({ directory, tables: [properties], hasRates: false })
  const table = { ...tableOn(database.endpoint), name: tableName }
  const first = serials(0)
  const uploadId = await dockWithHistory(table, { ...first, ...ofEach, until: Date.now() })
  const items: Record<string, unknown>[] = []
  for (const sn of [first.dockSn, first.aircraftSn]) {
    const { Items = [] } = await table.client.send(
      new QueryCommand({
        TableName: tableName,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': `DOCK#${sn}` },
      }),
    )
    items.push(...Items)
  }
  const text = JSON.stringify(items)
  for (let n = 1; n < docks; n++) {
    const { dockSn, aircraftSn } = serials(n)
    const own = text.replaceAll(first.dockSn, dockSn).replaceAll(first.aircraftSn, aircraftSn)
    await putAll(table, JSON.parse(own))
  }
  table.client.destroy()
  await database.stop()
  return uploadId
}

/** `uploadId`: each dock's current upload. */
export const startWithHistory = async (
  docks: number,
  options: StartOptions,
): Promise<{ stack: LocalDeployment; uploadId: string; stop: () => Promise<void> }> => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'groundcrew-bench-'))
  const common = { ...options, alter: unthrottled, dataDirectory }
  const empty = await start(common)
  await empty.stop()
  const uploadId = await fill(join(dataDirectory, 'database'), String(empty.outputs.TableName), docks)
  const stack = await start(common)
  const stop = async () => {
    await stack.stop()
    rmSync(dataDirectory, { recursive: true, force: true })
  }
  return { stack, uploadId, stop }
}
