import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as z from 'zod'
import { bundleFiles } from '../lib/functions/bundle.ts'
import { functionFiles } from '../lib/functions/function-files.ts'
import { wireBackend } from '../test/support/backend.ts'
import { tableOn } from '../test/support/table.ts'
import { firstEvents } from './first-events.ts'
import { startRecordedTable } from './recorded-table.ts'
import { median, printTable } from './table.ts'

const root = join(import.meta.dirname, '..')

/** A round starts every function and its counterpart once. */
const leastRounds = 3
const mostRounds = 15

/** The function with the greatest ratio. */
type Worst = { file: string; ratio: number }

/** The handler that makes only these calls. */
const bareHandlers: Record<string, string> = {
  GetItem: 'get-item',
  'GetItem PutItem': 'get-and-put-item',
  'BatchGetItem GetItem': 'get-and-batch-get',
  'GetItem TransactWriteItems': 'get-and-transact',
  Query: 'query',
  'GetItem Query': 'get-and-query',
  'Query UpdateItem': 'query-and-update-item',
  UpdateItem: 'update-item',
  'PutItem UpdateItem': 'put-and-update-item',
  AssumeRole: 'assume-role',
}

const Start = z.object({ answered: z.number(), cpu: z.number(), answer: z.optional(z.unknown()) })
type Start = z.infer<typeof Start>
type Measure = 'answered' | 'cpu'

/** A function and its counterpart: the input of each, and the measured starts. */
type Pair = {
  file: string
  bytes: number
  event: object
  directory: string
  calls: string[]
  least: string
  ours: Start[]
  bare: Start[]
  /** Starts of the earlier bundle, in the same rounds. */
  before: Start[]
}

/** An answer that reports a failure of the function. */
const Failed = z.union([
  z.object({ statusCode: z.number().min(500) }),
  z.object({ batchItemFailures: z.array(z.unknown()).min(1) }),
])

/**
 * The sizes of the deployed bundles, and the time of a new process from its start to its first answer,
 * compared with a handler that makes only the same calls. The two alternate, so that other load slows both.
 * Rounds continue for `seconds`; `worst` is the greatest ratio of the functions in a folder. `before`: a
 * folder with another version's bundles, which alternate with the others.
 */
export const coldStarts = async (
  seconds: number,
  say: (text: string) => void,
  before?: string,
): Promise<{ text: string; rounds: number; worst: (of: Measure, folder: string) => Worst }> => {
  const into = mkdtempSync(join(tmpdir(), 'groundcrew-bench-'))
  const bundles = bundleFiles(functionFiles, join(root, 'lambdas', 'functions'), into)
  const bare = bundleFiles(Object.values(bareHandlers), join(root, 'bench', 'bare'), join(into, 'bare'))
  const database = await startRecordedTable()
  const upload = await wireBackend(tableOn(database.endpoint)).open('7CTDM0000000001')
  const start = (directory: string, event: object) => startOnce(directory, event, database.endpoint)

  const pairs: Pair[] = []
  for (const [file, event] of firstEvents(upload)) {
    const { directory = '', bytes = 0 } = bundles.get(file) ?? {}
    // The first call creates the record; the comparison is about later calls.
    await start(directory, event)
    database.calls.splice(0)
    await start(directory, event)
    const calls = [...database.calls]
    const name = bareHandlers[[...new Set(calls)].sort().join(' ')]
    if (!name) throw new Error(`${file}: no bare handler makes the calls ${calls.join(', ')}`)
    const least = bare.get(name)?.directory ?? ''
    await start(least, { calls })
    pairs.push({ file, bytes, event, directory, calls, least, ours: [], bare: [], before: [] })
  }
  const end = performance.now() + seconds * 1_000
  let done = 0
  while (done < leastRounds || (performance.now() < end && done < mostRounds)) {
    for (const pair of pairs) {
      pair.bare.push(await start(pair.least, { calls: pair.calls }))
      pair.ours.push(await start(pair.directory, pair.event))
      if (before) pair.before.push(await start(join(before, pair.file), pair.event))
    }
    say(`  round ${++done}`)
  }
  await database.stop()
  rmSync(into, { recursive: true, force: true })

  const ratio = (of: Measure, { bare: least, ...pair }: Pair, which: 'ours' | 'before' = 'ours'): number =>
    median(pair[which].map((one, n) => one[of] / (least[n]?.[of] ?? Number.NaN)))
  const milliseconds = (starts: readonly Start[]) => median(starts.map(({ answered }) => answered)).toFixed(0)
  const rows = pairs.map((pair) => [
    pair.file,
    `${Math.round(pair.bytes / 1000)} kB`,
    pair.calls.join(', '),
    `${milliseconds(pair.ours)} ms`,
    `${milliseconds(pair.bare)} ms`,
    ratio('answered', pair).toFixed(2),
    ratio('cpu', pair).toFixed(2),
    ...(before ? (['answered', 'cpu'] as const).map((of) => ratio(of, pair, 'before').toFixed(2)) : []),
  ])
  const worst = (of: Measure, folder: string): Worst =>
    pairs
      .filter(({ file }) => file.startsWith(folder))
      .map((pair) => ({ file: pair.file, ratio: ratio(of, pair) }))
      .reduce((one, other) => (other.ratio > one.ratio ? other : one))
  const head = [
    'Function',
    'Bundle',
    'Calls',
    'First answer',
    'Bare',
    'Ratio',
    'Ratio by CPU time',
    ...(before ? ['Before', 'Before by CPU time'] : []),
  ]
  return { text: printTable(head, rows), rounds: done, worst }
}

const startOnce = async (directory: string, event: object, endpoint: string): Promise<Start> => {
  const { stderr } = await promisify(execFile)(
    process.execPath,
    [join(root, 'bench', 'invoke-once.ts'), join(directory, 'index.mjs'), JSON.stringify(event)],
    {
      env: {
        PATH: process.env.PATH,
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_ENDPOINT_URL_DYNAMODB: endpoint,
        AWS_ENDPOINT_URL_STS: endpoint,
        TABLE_NAME: 'Records',
        UPLOAD_BUCKET: 'uploads',
        PACKAGE_BUCKET: 'packages',
        PACKAGE_DOWNLOADS: '',
        EVENT_BUS_ARN: 'arn:aws:events:eu-central-1:000000000000:event-bus/changes',
        EVENT_SOURCE: '/groundcrew/Bench',
        EVENT_FAILURES_URL: endpoint,
        IOT_ARN: 'arn:aws:iot:eu-central-1:000000000000',
        DOCK_LICENCE_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:licence',
        UPLOAD_ROLE_ARN: 'arn:aws:iam::000000000000:role/uploads',
        STORAGE_ENDPOINT: endpoint,
        IOT_ENDPOINT: endpoint,
      },
    },
  )
  const started = Start.parse(JSON.parse(stderr.trim().split('\n').at(-1) ?? '{}'))
  if (Failed.safeParse(started.answer).success)
    throw new Error(`${directory}: ${JSON.stringify(started.answer)}`)
  return started
}
