import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { isRefused, type Table, unlessRefused } from './client.ts'
import type { Facts } from './register-facts.ts'

/**
 * Writes the registers of an item without reading it first. A register keeps the fact with the greatest
 * `order`; `logs/registers.ts` says why.
 */

type Key = { pk: string; sk: string }

/** Further conditions and assignments of a write, in the syntax of DynamoDB's expressions. */
export type WriteOptions = {
  conditions: readonly string[]
  sets?: readonly string[]
  values?: Readonly<Record<string, unknown>>
  /** Registers that are only written if they are empty. If they are not, the rest is written all the same. */
  ifNone?: (name: string) => boolean
  /** A successful write returns only `rev` and the registers it names. @default the whole item */
  shortAnswer?: boolean
}

/**
 * Writes facts in one conditional write and increments `rev`. Each fact must have a greater order than the
 * one it replaces, except those of `ifNone`. Resolves to the item after the write, or to the unchanged item
 * if a condition did not hold; undefined if there is no item.
 */
export const writeRegisters = async (
  table: Table,
  key: Key,
  facts: Facts,
  options: WriteOptions,
): Promise<Record<string, unknown> | undefined> => (await tryRegisters(table, key, facts, options)).item

/** The same, and whether this call wrote the facts. */
export const tryRegisters = async (
  table: Table,
  key: Key,
  facts: Facts,
  { conditions, sets = [], values = {}, ifNone = () => false, shortAnswer = false }: WriteOptions,
): Promise<{ written: boolean; item: Record<string, unknown> | undefined }> => {
  const written = Object.keys(facts).filter((name) => facts[name])
  const guarded = written.filter((name) => !ifNone(name))
  const setOf = (name: string): string =>
    ifNone(name) ? `${name} = if_not_exists(${name}, :${name})` : `${name} = :${name}`
  const allSets = [...written.map(setOf), ...sets]
  const allConditions = [
    ...conditions,
    ...guarded.map((name) => `(attribute_not_exists(${name}) OR ${name}.#order < :${name}Order)`),
  ]
  const outcome = await unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: key,
        UpdateExpression: `${allSets.length > 0 ? `SET ${allSets.join(', ')} ` : ''}ADD rev :one`,
        ...(allConditions.length > 0 ? { ConditionExpression: allConditions.join(' AND ') } : {}),
        ...(guarded.length > 0 ? { ExpressionAttributeNames: { '#order': 'order' } } : {}),
        ExpressionAttributeValues: {
          ':one': 1,
          ...values,
          ...Object.fromEntries(written.map((name) => [`:${name}`, facts[name]])),
          ...Object.fromEntries(guarded.map((name) => [`:${name}Order`, facts[name]?.order])),
        },
        ReturnValues: shortAnswer ? 'UPDATED_NEW' : 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  )
  return isRefused(outcome)
    ? { written: false, item: outcome.item }
    : { written: true, item: outcome.Attributes }
}
