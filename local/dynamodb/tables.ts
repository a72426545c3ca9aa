/** The tables of the template: made at the first start, compared at every later one. */
import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import type { Engine } from './engine.ts'
import { DynamoDbError } from './errors.ts'

const KeySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }))
const OnDemandThroughput = z.object({
  MaxReadRequestUnits: z.number().optional(),
  MaxWriteRequestUnits: z.number().optional(),
})
const Index = z.object({
  IndexName: z.string(),
  KeySchema,
  Projection: z.object({
    ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
    NonKeyAttributes: z.array(z.string()).optional(),
  }),
  OnDemandThroughput: OnDemandThroughput.optional(),
})
const TimeToLive = z.object({ AttributeName: z.string().optional(), Enabled: z.boolean() })

/** The properties of `AWS::DynamoDB::Table` and `AWS::DynamoDB::GlobalTable` that have an effect here. */
export const TableProperties = z.object({
  TableName: z.string(),
  KeySchema,
  AttributeDefinitions: z.array(
    z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  GlobalSecondaryIndexes: z.array(Index).default([]),
  LocalSecondaryIndexes: z.array(Index).default([]),
  OnDemandThroughput: OnDemandThroughput.optional(),
  TimeToLiveSpecification: TimeToLive.optional(),
  StreamSpecification: z.never({ error: 'streams are not emulated' }).optional(),
})
export type Table = z.infer<typeof TableProperties>
export type TableIndex = z.infer<typeof Index>

/** An attribute value as DynamoDB writes it, `{ S: 'x' }`, and an item made of them. */
export const Item = z.record(z.string(), z.record(z.string(), z.unknown()))
export type Item = z.infer<typeof Item>

/** The attributes of a table's or an index's key. */
export const keyNames = ({ KeySchema }: Pick<Table, 'KeySchema'>): string[] =>
  KeySchema.map(({ AttributeName }) => AttributeName)

/** The key within an item; attributes that the item lacks are left out. */
export const keyOf = (table: Pick<Table, 'KeySchema'>, item: Item): Item =>
  Object.fromEntries(
    keyNames(table).flatMap((name) => {
      const value = item[name]
      return value ? [[name, value]] : []
    }),
  )

/** Finds a table by its name. */
export const tableAmong = (tables: readonly Table[]): ((name: string) => Table) => {
  const byName = new Map(tables.map((table) => [table.TableName, table]))
  return (name) => {
    const found = byName.get(name)
    if (!found) throw new DynamoDbError('ResourceNotFoundException', 'Requested resource not found')
    return found
  }
}

/** Text that tells items apart, whatever the order of their key's attributes. */
export const keyText = (table: Table, key: Item): string =>
  JSON.stringify([table.TableName, ...Object.values(keyOf(table, key))])

const shape = z.object({
  KeySchema: TableProperties.shape.KeySchema,
  AttributeDefinitions: TableProperties.shape.AttributeDefinitions,
  GlobalSecondaryIndexes: TableProperties.shape.GlobalSecondaryIndexes,
  LocalSecondaryIndexes: TableProperties.shape.LocalSecondaryIndexes,
})

const byName = (left: object, right: object): number =>
  JSON.stringify(left) < JSON.stringify(right) ? -1 : 1

/** The keys and indexes of a table in an order of their own, for comparison. */
const shapeOf = (description: unknown) => {
  const { KeySchema, ...lists } = shape.parse(description)
  return {
    KeySchema,
    AttributeDefinitions: lists.AttributeDefinitions.toSorted(byName),
    GlobalSecondaryIndexes: lists.GlobalSecondaryIndexes.toSorted(byName),
    LocalSecondaryIndexes: lists.LocalSecondaryIndexes.toSorted(byName),
  }
}

const describe = async (engine: Engine, name: string): Promise<unknown> => {
  try {
    const { Table } = await engine.call('DescribeTable', { TableName: name })
    return Table
  } catch (error) {
    if (error instanceof DynamoDbError && error.code === 'ResourceNotFoundException') return undefined
    throw error
  }
}

const create = async (engine: Engine, table: Table): Promise<void> => {
  const {
    TimeToLiveSpecification,
    OnDemandThroughput,
    GlobalSecondaryIndexes,
    LocalSecondaryIndexes,
    ...rest
  } = table
  await engine.call('CreateTable', {
    ...rest,
    BillingMode: 'PAY_PER_REQUEST',
    ...(GlobalSecondaryIndexes.length > 0 && { GlobalSecondaryIndexes }),
    ...(LocalSecondaryIndexes.length > 0 && { LocalSecondaryIndexes }),
  })
  const Status = z.object({ TableStatus: z.string() })
  while (Status.parse(await describe(engine, table.TableName)).TableStatus !== 'ACTIVE')
    await new Promise(setImmediate)
}

/**
 * Makes the tables that are not there yet. Safe to repeat. Throws an Error with the table's name if one has other keys or indexes
 * than at the last start: what it holds cannot be moved, only forgotten.
 */
export const prepareTables = async (engine: Engine, tables: readonly Table[]): Promise<void> => {
  for (const table of tables) {
    const existing = await describe(engine, table.TableName)
    if (existing === undefined) await create(engine, table)
    else if (!isDeepStrictEqual(shapeOf(existing), shapeOf(table)))
      throw new Error(
        `table ${table.TableName} has other keys or indexes than its stored data; start with --fresh to forget the data`,
      )
  }
}
