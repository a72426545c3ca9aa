/**
 * The database itself: answers single calls, without checks of permissions or conflicts. It runs in its own
 * thread (`worker.ts`), or in the caller's.
 */
import conditionParser from 'dynalite/db/conditionParser.js'
import updateParser from 'dynalite/db/updateParser.js'
import * as z from 'zod'
import { seededRandom } from '../seeded-random.ts'
import { readBatch, writeBatch } from './batches.ts'
import { act, checked, type Result } from './dynalite-actions.ts'
import { DynamoDbError } from './errors.ts'
import { rememberParsed } from './parsed-expressions.ts'
import { createPartitions } from './partitions.ts'
import { getItem, readRange } from './reads.ts'
import type { Call } from './requests.ts'
import { openStorage, type Storage } from './storage.ts'
import { Checkpoint, KeptCheckpoint, ReadShard, Trim } from './stream-messages.ts'
import { createThrottle, noThrottle } from './throttling.ts'
import { transactWrite } from './transactions.ts'
import type { Answer, Message, Start, Usage } from './worker-messages.ts'
import { singleWrites, writeItem } from './writes.ts'

rememberParsed(conditionParser)
rememberParsed(updateParser)

const Input = z.looseObject({})

/** dynalite does the operations on tables. */
const onCatalogue = ({ operation, input, storage }: Call): Promise<Result> =>
  act(operation, storage.catalogue, checked(operation, input, storage.catalogue))

const own: Readonly<Record<string, (call: Call) => Promise<Result>>> = {
  GetItem: getItem,
  Query: readRange,
  Scan: readRange,
  BatchGetItem: readBatch,
  BatchWriteItem: writeBatch,
  ...Object.fromEntries(singleWrites.map((operation) => [operation, writeItem])),
}

/** Operations that only the stand-in has. */
const internalOf = (
  storage: Storage,
): Readonly<Record<string, (input: unknown) => Promise<Result | undefined> | Promise<void> | void>> => ({
  Settle: storage.settled,
  FreezeIndexes: () => storage.freeze('indexes'),
  FreezeEverything: () => storage.freeze('everything'),
  Thaw: () => storage.freeze(),
  ReadStream: async (input) => ({ records: await storage.streams.read(ReadShard.parse(input)) }),
  TrimStreams: (input) => storage.streams.trim(Trim.parse(input).olderThan),
  Checkpoint: async (input) => ({ after: await storage.streams.checkpoint(Checkpoint.parse(input).name) }),
  KeepCheckpoint: (input) => {
    const { name, after } = KeptCheckpoint.parse(input)
    return storage.streams.keepCheckpoint(name, after)
  },
})

const failed = (error: unknown): DynamoDbError => {
  if (error instanceof DynamoDbError) return error
  console.error('The local database failed', error)
  return new DynamoDbError('InternalServerError', 'The local database failed', { status: 500 })
}

/** Opens the database; the returned function answers calls, and never rejects. */
export const openDatabase = (start: Start): ((message: Message) => Promise<Answer>) => {
  const { directory, tables, region, accountId, isMetered, hasRates, lagMs, seed, transactionMs } = start
  const random = seededRandom(seed)
  /** Mostly a small part of the maximum, as for real replicas and indexes. */
  const storage = openStorage({ directory, tables, lagMs: () => lagMs * random() ** 3 })
  const internal = internalOf(storage)
  const throttle = createThrottle(
    createPartitions(() => performance.now()),
    (table, index) =>
      `arn:aws:dynamodb:${region}:${accountId}:table/${table}${index === undefined ? '' : `/index/${index}`}`,
  )

  const run = async (call: Call, isFree: boolean): Promise<Result> => {
    const task = isFree ? internal[call.operation] : undefined
    if (task) return (await task(call.input)) ?? {}
    if (call.operation === 'TransactWriteItems') return transactWrite(call, transactionMs)
    return (own[call.operation] ?? onCatalogue)(call)
  }

  return async ({ id, operation, text, isFree, at }) => {
    const used: Usage[] = []
    const meter = (usage: Usage): void => {
      if (isMetered && !isFree) used.push(usage)
    }
    const call: Call = {
      operation,
      input: Input.parse(JSON.parse(text)),
      storage,
      throttle: isFree || !hasRates ? noThrottle : throttle,
      // The stand-in itself deletes only for time to live.
      written: { at, isExpiry: isFree && operation === 'DeleteItem' },
      meter,
    }
    try {
      return { id, status: 200, text: JSON.stringify(await run(call, isFree)), used }
    } catch (error) {
      const failure = failed(error)
      return { id, status: failure.status, text: failure.toBody(), used }
    }
  }
}
