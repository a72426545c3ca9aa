import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { isRefused, type Table, type TransactionPart, unlessRefused, writeTogether } from './client.ts'
import { type Fleets, includes } from './pages.ts'
import { updateOf } from './update.ts'

/** Whoever registers without a fleet uses this one. */
export const defaultFleet = 'default'

/** The fleet that is named replaces the one there is; where none is named there is one in the end. */
export const placing = (fleet: string | undefined) =>
  fleet === undefined ? { settings: {}, once: { fleet: defaultFleet } } : { settings: { fleet }, once: {} }

type ItemKey = { pk: string; sk: string }
type Settings = Readonly<Record<string, unknown>>
type Item = Record<string, unknown>

/** `notYours`: it is of another fleet, of nobody, or would leave its fleet. `exists`: it is there already. */
export type NotReplaced = 'notYours' | 'exists'

/**
 * Replaces settings of an item, and where there is none makes it; `once` is what is written only the first
 * time. A caller for some fleets replaces settings of what is in these and stays where it is, whether another
 * fleet has it or nobody (ADR 0024). `onlyIfNew`: what is there stays as it is. `beside` is written with it, or neither.
 * A repeat changes nothing.
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
  const mustBe = onlyIfNew ? [isAway] : fleets === 'all' ? [] : [isThere]
  const { item, found } = await write(table, Key, { set: settings, once }, { fleets, mustBe, beside })
  if (item) return item
  return onlyIfNew && found && includes(fleets, Placed.parse(found).fleet) ? 'exists' : 'notYours'
}

/** What was removed may leave an item, which is of no kind any more. */
const isThere = 'attribute_exists(kind)'
const isAway = 'attribute_not_exists(kind)'

const Placed = z.object({ fleet: z.string() })

/**
 * Changes those settings of an item that are named; null takes one away, the others stay. Undefined where the
 * caller's fleets have no such item, it would leave its fleet, or it is not as `mustBe` says. `beside` is written with
 * it, or neither. A repeat changes nothing.
 */
export const changeSettings = async (
  table: Table,
  Key: ItemKey,
  settings: Settings,
  fleets: Fleets,
  { mustBe = [], beside }: { mustBe?: readonly string[]; beside?: TransactionPart | undefined } = {},
): Promise<Item | undefined> => {
  const terms = { fleets, mustBe: [isThere, ...mustBe], beside }
  return (await write(table, Key, { set: withoutNulls(settings) }, terms)).item
}

/**
 * Whether a change may have been refused since it named a fleet: for some fleets nothing is moved. What is not
 * there is answered alike, so that nobody learns what other fleets have.
 */
export const mayHaveMoved = (fleet: string | undefined, fleets: Fleets): boolean =>
  fleet !== undefined && fleets !== 'all'

/** Of a change, null takes a setting away (RFC 7396). */
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
    // A transaction returns nothing of what it wrote; others may have moved it since.
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
