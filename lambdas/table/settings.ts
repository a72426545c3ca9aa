import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { isRefused, type Table, type TransactionPart, unlessRefused, writeTogether } from './client.ts'
import { type Fleets, includes } from './fleets.ts'
import { updateOf } from './update.ts'

/** The fleet of what is registered without naming one. */
export const defaultFleet = 'default'

/**
 * A given fleet replaces the current one. Without one, the current fleet stays, and new items get the
 * default.
 */
export const placing = (fleet: string | undefined) =>
  fleet === undefined ? { settings: {}, once: { fleet: defaultFleet } } : { settings: { fleet }, once: {} }

type ItemKey = { pk: string; sk: string }
type Settings = Readonly<Record<string, unknown>>
type Item = Record<string, unknown>

/**
 * `notYours`: the item does not exist, is in a fleet that the caller may not touch, or would move to another
 * fleet. `exists`: it exists already.
 */
export type NotReplaced = 'notYours' | 'exists'

/**
 * Replaces settings of an item, or makes the item; `once` is written only when it is made. A caller who is
 * limited to fleets can only change items in these, and cannot move them; for such a caller, an item of
 * another fleet and one that does not exist are answered alike (ADR 0024). `onlyIfNew`: an existing item is
 * left as it is. `beside` is written in the same transaction. A repeat changes nothing.
 */
export const replaceSettings = async (
  table: Table,
  Key: ItemKey,
  {
    settings,
    once,
    onlyIfNew = false,
    beside,
  }: { settings: Settings; once: Settings; onlyIfNew?: boolean; beside?: TransactionPart },
  fleets: Fleets,
): Promise<Item | NotReplaced> => {
  // A limited caller makes nothing new, not even where a removed record of its fleet has left its item.
  const mustBe = [...(onlyIfNew ? [mustNotExist] : []), ...(fleets === 'all' ? [] : [mustExist])]
  const { item, found } = await write(table, Key, { set: settings, once }, { fleets, mustBe, beside })
  if (item) return item
  if (!onlyIfNew || !found) return 'notYours'
  const { kind, fleet } = Placed.parse(found)
  return kind !== undefined && includes(fleets, fleet) ? 'exists' : 'notYours'
}

/** A removed record may leave an item behind; only existing records have a `kind`. */
const mustExist = 'attribute_exists(kind)'
const mustNotExist = 'attribute_not_exists(kind)'

const Placed = z.object({ fleet: z.string(), kind: z.optional(z.string()) })

/**
 * Changes the given settings of an item: null removes one, the others stay. Resolves to undefined if the
 * caller's fleets have no such item, if a limited caller would move it, or if a condition of `mustBe` does
 * not hold. `beside` is written in the same transaction. A repeat changes nothing.
 */
export const changeSettings = async (
  table: Table,
  Key: ItemKey,
  settings: Settings,
  fleets: Fleets,
  { mustBe = [], beside }: { mustBe?: readonly string[]; beside?: TransactionPart | undefined } = {},
): Promise<Item | undefined> => {
  const limits = { fleets, mustBe: [mustExist, ...mustBe], beside }
  return (await write(table, Key, { set: withoutNulls(settings) }, limits)).item
}

/**
 * Whether a change may have been refused because it names a fleet: a caller who is limited to fleets cannot
 * move anything. A missing item gets the same answer, so that nobody learns what other fleets have.
 */
export const mayHaveMoved = (fleet: string | undefined, fleets: Fleets): boolean =>
  fleet !== undefined && fleets !== 'all'

/** In a change, null removes a setting (RFC 7396). */
export const withoutNulls = (given: object): Settings =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value ?? undefined]))

const write = async (
  table: Table,
  Key: ItemKey,
  update: { set: Settings; once?: Settings },
  {
    fleets,
    mustBe,
    beside,
  }: { fleets: Fleets; mustBe: readonly string[]; beside?: TransactionPart | undefined },
): Promise<{ item?: Item; found?: Item | undefined }> => {
  const staysIn = fleets === 'all' ? [] : fleets.filter((one) => one === (update.set.fleet ?? one))
  if (fleets !== 'all' && staysIn.length === 0) return {}
  const places = staysIn.map((name, n) => [`:fleet${n}`, name] as const)
  const inFleets = places.length > 0 ? [`fleet IN (${places.map(([name]) => name).join(', ')})`] : []
  const conditions = [...mustBe, ...inFleets]
  const Update = {
    TableName: table.name,
    Key,
    ...updateOf({ ...update, values: Object.fromEntries(places) }),
    ...(conditions.length > 0 ? { ConditionExpression: conditions.join(' AND ') } : {}),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  }
  if (beside) {
    const refused = await writeTogether(table, { item: { Update }, beside })
    if (refused) return { found: refused.item?.item }
    // A transaction returns no item, and another caller may have moved it since.
    const { Item } = await table.client.send(
      new GetCommand({ TableName: table.name, Key, ConsistentRead: true }),
    )
    return Item && includes(fleets, Placed.parse(Item).fleet) ? { item: Item } : {}
  }
  const outcome = await unlessRefused(
    table.client.send(new UpdateCommand({ ...Update, ReturnValues: 'ALL_NEW' })),
  )
  if (isRefused(outcome)) return { found: outcome.item }
  return outcome.Attributes ? { item: outcome.Attributes } : {}
}
