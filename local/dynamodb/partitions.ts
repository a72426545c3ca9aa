/**
 * Rate limits per second: of each partition, and of a table or an index with its own maximum.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html: 1,000 write
 * units and 3,000 read units per partition. Here each partition key is one partition, and may use what it did
 * not use in the last second; DynamoDB may allow more, but does not promise it:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html.
 */
import type { Table, TableIndex } from './tables.ts'

/** Units that a request needs from a partition, or without a partition key from a whole table or index. */
export type Demand = {
  kind: 'read' | 'write'
  table: Table
  index?: TableIndex | undefined
  partitionKey?: string | undefined
  units: number
}

export type Partitions = {
  /**
   * The demands that exceed what is left. The units of reads are known only afterwards, so for them something
   * must be left.
   */
  lacking(demands: readonly Demand[]): Demand[]
  take(demands: readonly Demand[]): void
}

const perPartition = { write: 1_000, read: 3_000 }

/** Units a second; infinite without a configured limit. */
const rateOf = ({ kind, table, index, partitionKey }: Demand): number => {
  if (partitionKey !== undefined) return perPartition[kind]
  const { MaxReadRequestUnits, MaxWriteRequestUnits } = (index ?? table).OnDemandThroughput ?? {}
  const most = kind === 'read' ? MaxReadRequestUnits : MaxWriteRequestUnits
  return most === undefined || most < 0 ? Number.POSITIVE_INFINITY : most
}

const nameOf = ({ kind, table, index, partitionKey }: Demand): string =>
  JSON.stringify([kind, table.TableName, index?.IndexName, partitionKey])

type Bucket = { left: number; at: number }

/** The limit after which full buckets are dropped: a full bucket equals a missing one. */
const mostBuckets = 10_000

/** `now` is in milliseconds from any origin. */
export const createPartitions = (now: () => number): Partitions => {
  const buckets = new Map<string, Bucket>()

  const leftIn = (name: string, rate: number): number => {
    const bucket = buckets.get(name)
    return bucket ? Math.min(rate, bucket.left + ((now() - bucket.at) / 1000) * rate) : rate
  }
  const forget = (): void => {
    // A bucket without debt that was not used for a second is full, whatever its rate.
    for (const [name, { left, at }] of buckets) if (left >= 0 && at < now() - 1000) buckets.delete(name)
  }
  return {
    lacking: (demands) => {
      const limited = demands.filter((demand) => rateOf(demand) !== Number.POSITIVE_INFINITY)
      const needed = new Map<string, number>()
      for (const demand of limited) {
        const name = nameOf(demand)
        needed.set(name, (needed.get(name) ?? 0) + demand.units)
      }
      return limited.filter((demand) => {
        const [name, rate] = [nameOf(demand), rateOf(demand)]
        // A demand over a second's worth needs a full bucket, or it could never be met.
        return leftIn(name, rate) < Math.min(rate, needed.get(name) ?? 0)
      })
    },
    take: (demands) => {
      for (const demand of demands) {
        const rate = rateOf(demand)
        if (rate === Number.POSITIVE_INFINITY) continue
        const name = nameOf(demand)
        const left = leftIn(name, rate) - demand.units
        buckets.delete(name)
        buckets.set(name, { left, at: now() })
      }
      if (buckets.size > mostBuckets) forget()
    },
  }
}
