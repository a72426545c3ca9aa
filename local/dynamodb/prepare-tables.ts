/** The template's tables: created at the first start, compared at every later one. */
import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import type { Engine } from './engine.ts'
import { DynamoDbError } from './errors.ts'
import { type Table, TableProperties } from './tables.ts'

const shape = z.object({
  KeySchema: TableProperties.shape.KeySchema,
  AttributeDefinitions: TableProperties.shape.AttributeDefinitions,
  GlobalSecondaryIndexes: TableProperties.shape.GlobalSecondaryIndexes,
})

export const byName = (left: object, right: object): number =>
  JSON.stringify(left) < JSON.stringify(right) ? -1 : 1

/** The keys and indexes of a table in a canonical order, for comparison. */
const shapeOf = (description: unknown) => {
  const { KeySchema, ...lists } = shape.parse(description)
  return {
    KeySchema,
    AttributeDefinitions: lists.AttributeDefinitions.toSorted(byName),
    GlobalSecondaryIndexes: lists.GlobalSecondaryIndexes.toSorted(byName),
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
    StreamSpecification: _stream,
    OnDemandThroughput,
    GlobalSecondaryIndexes,
    ...rest
  } = table
  await engine.call('CreateTable', {
    ...rest,
    BillingMode: 'PAY_PER_REQUEST',
    ...(GlobalSecondaryIndexes.length > 0 && { GlobalSecondaryIndexes }),
  })
  const Status = z.object({ TableStatus: z.string() })
  while (Status.parse(await describe(engine, table.TableName)).TableStatus !== 'ACTIVE')
    await new Promise(setImmediate)
}

/**
 * Creates missing tables. Safe to repeat. Throws an Error with the table's name if its keys or indexes have
 * changed since the last start: its data cannot be migrated, only deleted.
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
