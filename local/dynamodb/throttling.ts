/**
 * Throttling by the rates of partitions, tables and indexes. A write is also refused for its table's indexes
 * ("GSI back-pressure"):
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/gsi-throttling.html.
 */
import { unitsOf } from './capacity.ts'
import { type Change, partitionKeyOf } from './changes.ts'
import { DynamoDbError } from './errors.ts'
import type { Demand, Partitions } from './partitions.ts'
import type { Item, Table, TableIndex } from './tables.ts'

/** A demand on a partition is also a demand on its whole table or index. */
const withWhole = (demand: Demand): Demand[] => [demand, { ...demand, partitionKey: undefined }]

/** The demands of a write; twice as much in a transaction, because it prepares and commits. */
export const writeDemands = (changes: readonly Change[], factor = 1): Demand[] =>
  changes.flatMap((change) => {
    const { table, index, partitionKey } = change
    const units = unitsOf(change) * factor
    return withWhole({ kind: 'write', table, index, partitionKey, units })
  })

/** The demands on an item before its size is known. */
export const itemDemands = (kind: Demand['kind'], table: Table, key: Item, units: number): Demand[] =>
  withWhole({ kind, table, partitionKey: partitionKeyOf(table, key), units })

/** The demands of a query, or without a partition key of a scan. */
export const rangeDemands = (
  table: Table,
  index: TableIndex | undefined,
  partitionKey: string | undefined,
  units: number,
): Demand[] => {
  const whole: Demand = { kind: 'read', table, index, units }
  return partitionKey === undefined ? [whole] : withWhole({ ...whole, partitionKey })
}

const messages = {
  table:
    'Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try ' +
    'again shortly. If exceptions persist, check if you have a hot key: ' +
    'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html.',
  index:
    'Throughput exceeds the current capacity for one or more global secondary indexes. DynamoDB is automatically scaling your index so ' +
    'please try again shortly.',
  maximum: 'Throughput exceeds the maximum OnDemandThroughput configured on table or index',
}

/**
 * The messages of on-demand tables; listed in
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html.
 */
export const messageOf = ({ kind, index, partitionKey }: Demand): string => {
  if (partitionKey === undefined) return messages.maximum
  return index && kind === 'write' ? messages.index : messages.table
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ThrottlingReason.html */
const reasonOf = ({ kind, index, partitionKey }: Demand): string =>
  [
    index ? 'Index' : 'Table',
    kind === 'read' ? 'Read' : 'Write',
    partitionKey === undefined ? 'MaxOnDemandThroughputExceeded' : 'KeyRangeThroughputExceeded',
  ].join('')

/** The ARN of a table, or with an index that of the index. */
export type ArnOf = (tableName: string, indexName?: string) => string

export type Throttle = Partitions & {
  /** The error if these demands exceed a rate now, otherwise undefined. */
  refusal(demands: readonly Demand[]): DynamoDbError | undefined
}

export const createThrottle = (partitions: Partitions, arnOf: ArnOf): Throttle => ({
  ...partitions,
  refusal: (demands) => {
    const lacking = partitions.lacking(demands)
    const [first] = lacking
    if (!first) return undefined
    const throttlingReasons = lacking.map((demand) => ({
      reason: reasonOf(demand),
      resource: arnOf(demand.table.TableName, demand.index?.IndexName),
    }))
    return new DynamoDbError('ThrottlingException', messageOf(first), { fields: { throttlingReasons } })
  },
})

/** For operations without a caller, such as deletions by time to live. */
export const noThrottle: Throttle = { lacking: () => [], take: () => {}, refusal: () => undefined }
