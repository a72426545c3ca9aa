/**
 * The stream records, in LevelDB beside the items. Each record is in the batch of its write, so that a killed
 * process leaves neither without the other.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html: the records of one item come
 * in the order of its changes; there is no order between items. So an item is in one shard, by its whole key,
 * and each shard is read at its own pace.
 */
import { crc32 } from 'node:zlib'
import * as z from 'zod'
import type { Change } from './changes.ts'
import type { Level, Operation } from './dynalite-store.ts'
import { Item, keyOf, type Table } from './tables.ts'

/** When a write was requested, in epoch milliseconds, and whether it is a deletion by time to live. */
export type Written = { at: number; isExpiry: boolean }

export const StreamRecord = z.object({
  sequenceNumber: z.string(),
  at: z.number(),
  keys: Item,
  before: Item.optional(),
  after: Item.optional(),
  isExpiry: z.boolean(),
})
export type StreamRecord = z.infer<typeof StreamRecord>

/** A new table has about four partitions, and a stream one shard for each. */
export const shardCount = 4

/** DynamoDB keeps a record for a day. */
export const retentionMs = 24 * 3_600_000

export type ReadShard = { tableName: string; shard: number; after?: string | undefined; limit: number }

/** 21 digits, the least that DynamoDB's have; text order is number order. */
const sequenceText = (sequence: number): string => `1${String(sequence).padStart(20, '0')}`

/** The first possible sequence number of records written at or after a moment, in epoch milliseconds. */
export const sequenceAt = (at: number): string => sequenceText(at * 1000)

const prefixOf = (tableName: string, shard: number): string => `stream~${tableName}~${shard}~`
const prefixesOf = ({ TableName }: Table): string[] =>
  Array.from({ length: shardCount }, (_, shard) => prefixOf(TableName, shard))
const checkpointKey = (name: string): string => `stream-checkpoint~${name}`

const Checkpoint = z.object({ after: z.string() })

export const createStreams = (level: Level, tables: readonly Table[]) => {
  const streamed = tables.filter(({ StreamSpecification }) => StreamSpecification)
  /** Higher than any number of earlier runs, unless the machine's clock was set back by a day. */
  let last = 0
  /** Allocated, and perhaps not yet written: no reader may read past them. */
  const underWay = new Set<number>()

  const next = (at: number): number => {
    last = Math.max(last + 1, at * 1000)
    return last
  }
  const newest = async (prefix: string): Promise<StreamRecord | undefined> => {
    const range = { gte: prefix, lt: `${prefix}\xff`, reverse: true, limit: 1 }
    for await (const [, record] of level.iterator(range)) return StreamRecord.parse(record)
    return undefined
  }
  /** Finds the last number of earlier runs; none is allocated before. */
  const lookBack = async (): Promise<void> => {
    for (const prefix of streamed.flatMap(prefixesOf)) {
      const record = await newest(prefix)
      if (record) last = Math.max(last, Number(record.sequenceNumber.slice(1)))
    }
  }
  let looking: Promise<void> | undefined
  const ready = (): Promise<void> => (looking ??= lookBack())

  const put = ({ table, key, before, after }: Change, { at, isExpiry }: Written) => {
    const sequence = next(at)
    underWay.add(sequence)
    const value = {
      sequenceNumber: sequenceText(sequence),
      at,
      isExpiry,
      before,
      after,
      keys: keyOf(table, after ?? before ?? {}),
    }
    const place = `${prefixOf(table.TableName, crc32(key) % shardCount)}${value.sequenceNumber}`
    return { sequence, operation: { type: 'put', key: place, value } satisfies Operation }
  }

  return {
    /**
     * The operations that write the records of these changes; call `done` once they are written, or have
     * failed.
     */
    record: async (changes: readonly Change[], written: Written) => {
      const recorded = changes.filter(({ table }) => table.StreamSpecification)
      if (recorded.length > 0) await ready()
      const puts = recorded.map((change) => put(change, written))
      return {
        operations: puts.map(({ operation }) => operation),
        done: (): void => {
          for (const { sequence } of puts) underWay.delete(sequence)
        },
      }
    },
    /** The records of a shard after the given one, or from the oldest on. */
    read: async ({ tableName, shard, after, limit }: ReadShard): Promise<StreamRecord[]> => {
      await ready()
      const prefix = prefixOf(tableName, shard)
      // Numbers allocated from now on may be written in any order.
      const end = Math.min(last + 1, ...underWay)
      const range = { gt: `${prefix}${after ?? ''}`, lt: `${prefix}${sequenceText(end)}`, limit }
      const records: StreamRecord[] = []
      for await (const [, record] of level.iterator(range)) records.push(StreamRecord.parse(record))
      return records
    },
    /** Deletes older records. Those of a shard are nearly in the order of their time. */
    trim: async (olderThan: number): Promise<void> => {
      for (const prefix of streamed.flatMap(prefixesOf)) {
        const operations: Operation[] = []
        for await (const [key, record] of level.iterator({ gte: prefix, lt: `${prefix}\xff` })) {
          if (StreamRecord.parse(record).at >= olderThan) break
          operations.push({ type: 'del', key })
        }
        if (operations.length > 0) await level.batch(operations)
      }
    },
    /** The record after which a reader resumes; it survives the process. */
    checkpoint: async (name: string): Promise<string | undefined> =>
      Checkpoint.optional().parse(await level.get(checkpointKey(name)))?.after,
    keepCheckpoint: (name: string, after: string): Promise<void> =>
      level.batch([{ type: 'put', key: checkpointKey(name), value: { after } }]),
  }
}
export type Streams = ReturnType<typeof createStreams>
