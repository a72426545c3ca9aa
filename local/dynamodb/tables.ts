/** A table of the template, and the keys of its items. */
import * as z from 'zod'
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

/** The properties of `AWS::DynamoDB::Table` that have an effect here. */
export const TableProperties = z.object({
  TableName: z.string(),
  KeySchema,
  AttributeDefinitions: z.array(
    z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  GlobalSecondaryIndexes: z.array(Index).default([]),
  LocalSecondaryIndexes: z.never('local indexes are not emulated').optional(),
  OnDemandThroughput: OnDemandThroughput.optional(),
  TimeToLiveSpecification: TimeToLive.optional(),
  StreamSpecification: z.strictObject({ StreamViewType: z.literal('NEW_AND_OLD_IMAGES') }).optional(),
})
export type Table = z.infer<typeof TableProperties>
export type TableIndex = z.infer<typeof Index>

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * An attribute value in DynamoDB's format, `{ S: 'x' }`, and an item made of them. Checked without a copy,
 * because every request and every item passes here; dynalite checks the values themselves.
 */
export type Item = Record<string, Record<string, unknown>>
export const Item = z.custom<Item>(
  (value) => isObject(value) && Object.values(value).every(isObject),
  'Invalid input: expected attribute values by name',
)

/** The attributes of a table's or an index's key. */
export const keyNames = ({ KeySchema }: Pick<Table, 'KeySchema'>): string[] =>
  KeySchema.map(({ AttributeName }) => AttributeName)

/** The key attributes of an item; missing ones are left out. */
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

/** Text that identifies an item, whatever the order of its key's attributes. */
export const keyText = (table: Table, key: Item): string =>
  JSON.stringify([table.TableName, ...Object.values(keyOf(table, key))])
