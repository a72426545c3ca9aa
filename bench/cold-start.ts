import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bundleFiles } from '../lib/bundle.ts'
import { functionFiles } from '../lib/function-files.ts'
import { startDynamoDb } from '../test/local/dynamodb/start.ts'
import { wireBackend } from '../test/support/backend.ts'
import { progressPayload, queued } from '../test/support/dock-messages.ts'
import { tableOn, tableProperties } from '../test/support/table.ts'
import { median, printTable } from './table.ts'

const root = join(import.meta.dirname, '..')
const runs = 15

/** Sizes of what is deployed, and how long a new process takes from its start to the first answer. */
export const coldStartTables = async (): Promise<string> => {
  const into = mkdtempSync(join(tmpdir(), 'groundcrew-bench-'))
  const bundles = bundleFiles(functionFiles, join(root, 'lambdas'), into)
  const sizes = [...bundles].map(([file, { bytes }]) => [file, `${Math.round(bytes / 1000)} kB`])

  const database = await startDynamoDb({ tables: [tableProperties()] })
  const upload = await wireBackend(tableOn(database.endpoint)).open('7CTDM0000000001')
  const file = { module: '0', key: upload.keyOf('aircraft'), progress: { status: 'file_pull', progress: 5 } }
  const payload = progressPayload(upload.id, [file])
  const event = JSON.stringify({
    Records: [queued({ dockSn: upload.dockSn, payload, receivedAt: Date.now() })],
  })
  const bare = bundleFiles(['bare-handler'], join(root, 'bench'), into).get('bare-handler')?.directory ?? ''
  const ours = bundles.get('ingest/record-progress')?.directory ?? ''
  const start = (directory: string) => startOnce(directory, event, database.endpoint)
  const pairs: { ours: Start; bare: Start }[] = []
  for (let run = 0; run <= runs; run++) pairs.push({ ours: await start(ours), bare: await start(bare) })
  await database.stop()

  const counted = pairs.slice(1)
  const row = (name: string, of: keyof Start) => {
    const [mine, least] = [
      median(counted.map((pair) => pair.ours[of])),
      median(counted.map((pair) => pair.bare[of])),
    ]
    const ratio = median(counted.map((pair) => pair.ours[of] / pair.bare[of]))
    return [name, `${mine.toFixed(0)} ms`, `${least.toFixed(0)} ms`, ratio.toFixed(2)]
  }
  return [
    printTable(['Function', 'Bundle'], sizes),
    printTable(
      [`record-progress, ${runs} cold starts in turn`, 'ours', 'bare handler', 'ratio'],
      [row('process start to loaded', 'loaded'), row('process start to first answer', 'answered')],
    ),
  ].join('\n\n')
}

type Start = { loaded: number; answered: number }

const startOnce = async (directory: string, event: string, endpoint: string): Promise<Start> => {
  const { stderr } = await promisify(execFile)(
    process.execPath,
    [join(root, 'bench', 'invoke-once.ts'), join(directory, 'index.mjs'), event],
    {
      env: {
        PATH: process.env.PATH,
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_ENDPOINT_URL_DYNAMODB: endpoint,
        TABLE_NAME: 'Records',
      },
    },
  )
  return JSON.parse(stderr.trim().split('\n').at(-1) ?? '{}')
}
