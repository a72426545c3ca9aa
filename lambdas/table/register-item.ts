import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { isRefused, type Table, unlessRefused } from './client.ts'
import type { Facts } from './register-facts.ts'

/**
 * Writing the registers of an item, each under its own rule and without reading first. A register keeps the
 * fact with the greatest `order`; see `registers.ts` for what that is good for.
 */

type Key = { pk: string; sk: string }

/** What a write is tied to besides its registers, in the words of an UpdateExpression. */
export type WriteTerms = {
  conditions: readonly string[]
  sets?: readonly string[]
  values?: Readonly<Record<string, unknown>>
  /** Registers whose fact is kept where there is one, which refuses nothing. */
  ifNone?: (name: string) => boolean
  /** Of a write that is done, only `rev` and the registers that it names come back. @default the whole item */
  shortAnswer?: boolean
}

/**
 * Writes facts, each only over a lesser order, or for those of `ifNone` only where there is none yet, all or
 * none; counts the write in `rev`. Resolves to the item as it then is, or, where a condition did not hold, as
 * it was; undefined if there is none.
 */
export const writeRegisters = async (
  table: Table,
  key: Key,
  facts: Facts,
  terms: WriteTerms,
): Promise<Record<string, unknown> | undefined> => (await tryRegisters(table, key, facts, terms)).item

/** The same, and whether this call wrote. */
export const tryRegisters = async (
  table: Table,
  key: Key,
  facts: Facts,
  { conditions, sets = [], values = {}, ifNone = () => false, shortAnswer = false }: WriteTerms,
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
