/**
 * How much each partition may do in a second, and a table or an index that has a maximum of its own.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html: 1,000 write
 * units and 3,000 read units a partition. Here a partition key is one partition, and may use what it did not
 * use in the last second; DynamoDB may be kinder, and promises nothing:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html.
 */
import type { Table, TableIndex } from './tables.ts'

/** Units that a request needs of a partition, or without a partition key of a whole table or index. */
export type Demand = {
  kind: 'read' | 'write'
  table: Table
  index?: TableIndex | undefined
  partitionKey?: string | undefined
  units: number
}

export type Partitions = {
  /**
   * Those of which there is not enough left; for reads, whose units are known only afterwards, whether
   * anything is left.
   */
  lacking(demands: readonly Demand[]): Demand[]
  take(demands: readonly Demand[]): void
}

const perPartition = { write: 1_000, read: 3_000 }

/** Units a second; without a limit that was set there is none. */
const rateOf = ({ kind, table, index, partitionKey }: Demand): number => {
  if (partitionKey !== undefined) return perPartition[kind]
  const { MaxReadRequestUnits, MaxWriteRequestUnits } = (index ?? table).OnDemandThroughput ?? {}
  const most = kind === 'read' ? MaxReadRequestUnits : MaxWriteRequestUnits
  return most === undefined || most < 0 ? Number.POSITIVE_INFINITY : most
}

const nameOf = ({ kind, table, index, partitionKey }: Demand): string =>
  JSON.stringify([kind, table.TableName, index?.IndexName, partitionKey])

type Bucket = { left: number; at: number }

/** Buckets that are full again are as good as none. */
const mostBuckets = 10_000

/** `now` counts milliseconds from anywhere. */
export const createPartitions = (now: () => number): Partitions => {
  const buckets = new Map<string, Bucket>()

  const leftIn = (name: string, rate: number): number => {
    const bucket = buckets.get(name)
    return bucket ? Math.min(rate, bucket.left + ((now() - bucket.at) / 1000) * rate) : rate
  }
  const forget = (): void => {
    // What owes nothing and was not used for a second is full, whatever its rate.
    for (const [name, { left, at }] of buckets) if (left >= 0 && at < now() - 1000) buckets.delete(name)
  }
  return {
    lacking: (demands) => {
      const wanted = new Map<string, number>()
      for (const demand of demands) {
        const name = nameOf(demand)
        wanted.set(name, (wanted.get(name) ?? 0) + demand.units)
      }
      return demands.filter((demand) => {
        const [name, rate] = [nameOf(demand), rateOf(demand)]
        // What is larger than a second's worth needs a full one, or it could never be done.
        return leftIn(name, rate) < Math.min(rate, wanted.get(name) ?? 0)
      })
    },
    take: (demands) => {
      for (const demand of demands) {
        const [name, rate] = [nameOf(demand), rateOf(demand)]
        if (rate === Number.POSITIVE_INFINITY) continue
        const left = leftIn(name, rate) - demand.units
        buckets.delete(name)
        buckets.set(name, { left, at: now() })
      }
      if (buckets.size > mostBuckets) forget()
    },
  }
}
