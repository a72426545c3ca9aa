/** The thread of the database: answers the calls that `engine.ts` sends, each in messages of several. */
import { parentPort, workerData } from 'node:worker_threads'
import conditionParser from 'dynalite/db/conditionParser.js'
import updateParser from 'dynalite/db/updateParser.js'
import * as z from 'zod'
import { seededRandom } from '../seeded-random.ts'
import { readBatch, writeBatch } from './batches.ts'
import { act, checked, type Result } from './dynalite-actions.ts'
import { DynamoDbError } from './errors.ts'
import { inBatches } from './message-batches.ts'
import { rememberParsed } from './parsed-expressions.ts'
import { createPartitions } from './partitions.ts'
import { getItem, readRange } from './reads.ts'
import type { Call } from './requests.ts'
import { openStorage } from './storage.ts'
import { Checkpoint, KeptCheckpoint, ReadShard, Shard, Trim } from './stream-messages.ts'
import { createThrottle, noThrottle } from './throttling.ts'
import { transactGet, transactWrite } from './transactions.ts'
import { type Answer, Message, Start, type Usage } from './worker-messages.ts'
import { singleWrites, writeItem } from './writes.ts'

const { directory, tables, region, accountId, isMetered, hasRates, lagMs, seed, transactionMs } =
  Start.parse(workerData)
rememberParsed(conditionParser)
rememberParsed(updateParser)

const random = seededRandom(seed)

/** Mostly a small part of the longest, as replicas and indexes are. */
const storage = openStorage({ directory, tables, lagMs: () => lagMs * random() ** 3 })
const { streams } = storage
const throttle = createThrottle(
  createPartitions(() => performance.now()),
  (table, index) =>
    `arn:aws:dynamodb:${region}:${accountId}:table/${table}${index === undefined ? '' : `/index/${index}`}`,
)

/** Operations on the tables themselves are dynalite's. */
const onCatalogue = ({ operation, input }: Call): Promise<Result> =>
  act(operation, storage.catalogue, checked(operation, input, storage.catalogue))

const own: Readonly<Record<string, (call: Call) => Promise<Result>>> = {
  GetItem: getItem,
  Query: readRange,
  Scan: readRange,
  BatchGetItem: readBatch,
  BatchWriteItem: writeBatch,
  TransactGetItems: transactGet,
  TransactWriteItems: (call) => transactWrite(call, transactionMs),
  ...Object.fromEntries(singleWrites.map((operation) => [operation, writeItem])),
}

/** What only the stand-in can do. */
const internal: Readonly<
  Record<string, (input: unknown) => Promise<Result | undefined> | Promise<void> | void>
> = {
  Settle: storage.settled,
  FreezeIndexes: () => storage.freeze('indexes'),
  FreezeEverything: () => storage.freeze('everything'),
  Thaw: () => storage.freeze(),
  ReadStream: async (input) => ({ records: await streams.read(ReadShard.parse(input)) }),
  NewestInStream: async (input) => ({ record: await streams.newest(Shard.parse(input)) }),
  TrimStreams: (input) => streams.trim(Trim.parse(input).olderThan),
  Checkpoint: async (input) => ({ after: await streams.checkpoint(Checkpoint.parse(input).name) }),
  KeepCheckpoint: (input) => {
    const { name, after } = KeptCheckpoint.parse(input)
    return streams.keepCheckpoint(name, after)
  },
}

const run = async (call: Call, isFree: boolean): Promise<Result> => {
  const task = isFree ? internal[call.operation] : undefined
  if (!task) return (own[call.operation] ?? onCatalogue)(call)
  return (await task(call.input)) ?? {}
}

const answer = inBatches<Answer>((answers) => parentPort?.postMessage(answers))

const failed = (error: unknown): DynamoDbError => {
  if (error instanceof DynamoDbError) return error
  console.error('The local database failed', error)
  return new DynamoDbError('InternalServerError', 'The local database failed', { status: 500 })
}

const handle = async ({ id, operation, text, isFree, at }: z.infer<typeof Message>): Promise<void> => {
  const used: Usage[] = []
  const meter = (usage: Usage): void => {
    if (isMetered && !isFree) used.push(usage)
  }
  const input = z.looseObject({}).parse(JSON.parse(text))
  const call: Call = {
    operation,
    input,
    storage,
    throttle: isFree || !hasRates ? noThrottle : throttle,
    // Of our own calls only those of time to live delete.
    written: { at, isExpiry: isFree && operation === 'DeleteItem' },
    meter,
  }
  try {
    const result = await run(call, isFree)
    answer({ id, status: 200, text: JSON.stringify(result), used })
  } catch (error) {
    const failure = failed(error)
    answer({ id, status: failure.status, text: failure.toBody(), used })
  }
}

parentPort?.on('message', (message: unknown) =>
  z
    .array(Message)
    .parse(message)
    .forEach((one) => void handle(one)),
)
