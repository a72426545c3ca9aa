/**
 * What is refused because a partition, a table or an index is over its rate. Writes are refused for their
 * table's indexes as well ("GSI back-pressure"):
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/gsi-throttling.html.
 */
import { unitsOf } from './capacity.ts'
import { type Change, partitionKeyOf } from './changes.ts'
import { DynamoDbError } from './errors.ts'
import type { Demand, Partitions } from './partitions.ts'
import type { Item, Table, TableIndex } from './tables.ts'

/** What is needed of a partition is needed of its table or index as a whole, too. */
const withWhole = (demand: Demand): Demand[] => [demand, { ...demand, partitionKey: undefined }]

/** What a write needs; a transaction twice as much, because it prepares and commits. */
export const writeDemands = (changes: readonly Change[], factor = 1): Demand[] =>
  changes.flatMap((change) => {
    const { table, index, partitionKey } = change
    const units = unitsOf(change) * factor
    return withWhole({ kind: 'write', table, index, partitionKey, units })
  })

/** What is needed before it is known what there is. */
export const itemDemands = (kind: Demand['kind'], table: Table, key: Item, units: number): Demand[] =>
  withWhole({ kind, table, partitionKey: partitionKeyOf(table, key), units })

/** What a query needs, or without a partition key a scan. */
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
 * As on-demand tables have it;
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html lists them.
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

/** Makes the ARN of a table, or with an index that of the index. */
export type ArnOf = (tableName: string, indexName?: string) => string

export type Throttle = Partitions & {
  /** Why these demands cannot be met now, or undefined if they can. */
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

/** For what no caller asked for, such as the end of an item's time to live. */
export const noThrottle: Throttle = { lacking: () => [], take: () => {}, refusal: () => undefined }
