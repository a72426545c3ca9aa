/** The tables' streams for their readers in this process: the API, and Lambda's pollers. */
import * as z from 'zod'
import type { Engine } from './engine.ts'
import { retentionMs, StreamRecord, sequenceAt, shardCount } from './streams.ts'
import type { Table } from './tables.ts'

/** One shard; `index` is its position in its stream. */
export type Shard = { id: string; index: number }

export type Stream = {
  arn: string
  label: string
  table: Table
  shards: readonly Shard[]
  /** At most `limit` records after the given one, or from the oldest on. */
  read(shard: Shard, after: string | undefined, limit: number): Promise<StreamRecord[]>
}

export type StreamAccess = {
  all: readonly Stream[]
  /** Finds a stream by its ARN. */
  find(arn: string): Stream | undefined
  /** The record after which a reader resumes. */
  checkpoint(name: string): Promise<string | undefined>
  keepCheckpoint(name: string, after: string): Promise<void>
  /** Calls the listener whenever there may be new records. */
  onWrite(listener: () => void): void
}

/** The same at every start: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Shard.html */
const shards: readonly Shard[] = Array.from({ length: shardCount }, (_, index) => ({
  id: `shardId-00000001767225600000-${index.toString(16).padStart(8, '0')}`,
  index,
}))

/** The creation time of all streams, which here is constant. */
export const streamLabel = '2026-01-01T00:00:00.000'

const Read = z.object({ records: z.array(StreamRecord) })
const Kept = z.object({ after: z.string().optional() })

type Needs = {
  engine: Engine
  tables: readonly Table[]
  /** The ARN of a table. */
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
        // A record that is a day old may be gone at any time.
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
