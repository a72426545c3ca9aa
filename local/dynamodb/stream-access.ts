/** The streams of the tables as their readers in this process see them: the API, and Lambda's pollers. */
import * as z from 'zod'
import type { Engine } from './engine.ts'
import { retentionMs, StreamRecord, sequenceAt, shardCount } from './streams.ts'
import type { Table } from './tables.ts'

/** One shard; `index` is its place among those of its stream. */
export type Shard = { id: string; index: number }

export type Stream = {
  arn: string
  label: string
  table: Table
  shards: readonly Shard[]
  /** At most `limit` records after one of them, or from the oldest on. */
  read(shard: Shard, after: string | undefined, limit: number): Promise<StreamRecord[]>
}

export type StreamAccess = {
  all: readonly Stream[]
  /** By ARN. */
  find(arn: string): Stream | undefined
  /** After which record a reader goes on. */
  checkpoint(name: string): Promise<string | undefined>
  keepCheckpoint(name: string, after: string): Promise<void>
  /** Calls the listener whenever records may have come. */
  onWrite(listener: () => void): void
}

/** The same at every start: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Shard.html */
const shards: readonly Shard[] = Array.from({ length: shardCount }, (_, index) => ({
  id: `shardId-00000001767225600000-${index.toString(16).padStart(8, '0')}`,
  index,
}))

/** When the streams were begun, which here is always the same. */
export const streamLabel = '2026-01-01T00:00:00.000'

const Read = z.object({ records: z.array(StreamRecord) })
const Kept = z.object({ after: z.string().optional() })

type Needs = {
  engine: Engine
  tables: readonly Table[]
  /** Makes the ARN of a table. */
  arnOf: (tableName: string) => string
  /** Epoch milliseconds. */
  now: () => number
}

export const createStreamAccess = ({ engine, tables, arnOf, now }: Needs) => {
  const listeners = new Set<() => void>()
  const streamOf = (table: Table): Stream => {
    const { TableName: tableName } = table
    return {
      arn: `${arnOf(tableName)}/stream/${streamLabel}`,
      label: streamLabel,
      table,
      shards,
      read: async ({ index: shard }, after, limit) => {
        // What is a day old may be gone at any time.
        const horizon = sequenceAt(now() - retentionMs)
        const from = after === undefined || after < horizon ? horizon : after
        return Read.parse(await engine.call('ReadStream', { tableName, shard, after: from, limit })).records
      },
    }
  }
  const all = tables.filter(({ StreamSpecification }) => StreamSpecification).map(streamOf)
  const byArn = new Map(all.map((stream) => [stream.arn, stream]))
  return {
    access: {
      all,
      find: (arn) => byArn.get(arn),
      checkpoint: async (name) => Kept.parse(await engine.call('Checkpoint', { name })).after,
      keepCheckpoint: async (name, after) => void (await engine.call('KeepCheckpoint', { name, after })),
      onWrite: (listener) => void listeners.add(listener),
    } satisfies StreamAccess,
    wrote: (): void => {
      for (const listener of listeners) listener()
    },
    trim: async (): Promise<void> => {
      if (all.length > 0) await engine.call('TrimStreams', { olderThan: now() - retentionMs })
    },
  }
}
