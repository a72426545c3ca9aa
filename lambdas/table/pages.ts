import { BatchGetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { type Backoff, waited } from '../runtime/backoff.ts'
import { eachOf } from '../runtime/each-of.ts'
import { OwnError } from '../runtime/own-error.ts'
import type { Table } from './client.ts'
import { type Fleets, includes } from './fleets.ts'
import { table as schema } from './schema.ts'
import { pagesOf } from './whole-query.ts'

/** Reads lists: first a page of keys from the index `byKind`, then the items themselves. */

export type Page<Item> = { items: Item[]; next?: string | undefined }
export type PageRequest = { limit?: number | undefined; cursor?: string | undefined }
export type Key = { pk: string; sk: string }

export type KindQuery = {
  kind:
    | 'dock'
    | 'dockAccount'
    | 'upload'
    | 'device'
    | 'campaign'
    | 'package'
    | 'organization'
    | 'rejected'
    | 'collection'
    | `collectionRun#${string}`
    | 'alarm'
  fleets: Fleets
  /** Also records that belong to no fleet. */
  orNoFleet?: boolean
  /** Filters on attributes of the index: a value, or several of which one has to match. */
  where?: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Bounds of `kindKey`, inclusive. */
  from?: string | undefined
  to?: string | undefined
  newestFirst?: boolean
}

/** Items in a page if the caller gives no limit. */
export const defaultLimit = 50

/** A key in a cursor: printable ASCII, at most the 1,024 bytes that an index allows. */
const KeyText = z.string().check(z.regex(/^[\x20-\x7e]{1,1024}$/))
const Keys = z.object({ kindKey: KeyText, pk: KeyText, sk: KeyText })
type Keys = z.infer<typeof Keys>

/** Thrown for a cursor that does not come from a page of this list. */
export class BadCursor extends Error {}

/** The cursor with which a list continues after an entry. */
export const cursorOf = ({ kindKey, pk, sk }: Keys): string =>
  Buffer.from(JSON.stringify({ kindKey, pk, sk })).toString('base64url')

const readCursor = (cursor: string, { from, to }: Bounds): Keys => {
  try {
    const keys = Keys.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    if (isBefore(keys.kindKey, from) || isBefore(to, keys.kindKey)) throw new BadCursor()
    return keys
  } catch {
    throw new BadCursor()
  }
}

type Bounds = { from: string; to: string }

/** By default the lowest and the highest text in DynamoDB's order, which is by UTF-8 bytes. */
const boundsOf = ({ from = '\0', to = '\u{10ffff}' }: KindQuery): Bounds => ({ from, to })
const isBefore = (one: string, other: string): boolean =>
  Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0

/**
 * Index entries that one query reads if it filters: 500 entries of some 200 bytes cost about 13 read units.
 */
const entriesAtOnce = 500
const maxQueries = 5

/**
 * One page of keys of a kind. DynamoDB filters by fleet and attributes; the loop fills the page with a
 * bounded number of queries. If few entries match, a page may be short or empty and still have a `next`.
 */
export const listKeys = async (table: Table, query: KindQuery, request: PageRequest): Promise<Page<Key>> => {
  const limit = request.limit ?? defaultLimit
  const bounds = boundsOf(query)
  if (query.fleets !== 'all' && query.fleets.length === 0) return { items: [] }
  if (isBefore(bounds.to, bounds.from)) return { items: [] }
  if (Object.values(query.where ?? {}).some((value) => value?.length === 0)) return { items: [] }
  const found: Keys[] = []
  const indexQuery = kindQuery(query, bounds)
  const atOnce = indexQuery.FilterExpression === undefined ? limit + 1 : entriesAtOnce
  let start = request.cursor ? readCursor(request.cursor, bounds) : undefined
  for (let queries = 1; ; queries++) {
    const { Items = [], LastEvaluatedKey } = await table.client.send(
      new QueryCommand({
        ...indexQuery,
        TableName: table.name,
        ...(start ? { ExclusiveStartKey: { kind: query.kind, ...start } } : {}),
        Limit: atOnce,
      }),
    )
    found.push(...Items.map((item) => Keys.parse(item)))
    start = LastEvaluatedKey && Keys.parse(LastEvaluatedKey)
    if (!start || found.length > limit || queries === maxQueries) break
  }
  const shown = found.slice(0, limit)
  const last = found.length > limit ? shown.at(-1) : start
  // GetItem and BatchGetItem accept nothing but the key's own attributes.
  const items = shown.map(({ pk, sk }) => ({ pk, sk }))
  return { items, next: last && cursorOf(last) }
}

const ListedEntry = z.object({ kindKey: z.string(), state: z.optional(z.string()) })
type ListedEntry = z.infer<typeof ListedEntry>

/**
 * The index entries of a kind, without reading the items: eventually consistent. `isAll` is false if there
 * are more than `most` entries to read.
 */
export const indexEntries = async (
  table: Table,
  query: KindQuery,
  most: number,
): Promise<{ entries: ListedEntry[]; isAll: boolean }> => {
  if (query.fleets !== 'all' && query.fleets.length === 0) return { entries: [], isAll: true }
  const indexQuery = kindQuery(query, boundsOf(query))
  const entries: ListedEntry[] = []
  let start: Record<string, unknown> | undefined
  let left = most
  do {
    const {
      Items = [],
      LastEvaluatedKey,
      ScannedCount,
    } = await table.client.send(
      new QueryCommand({
        ...indexQuery,
        TableName: table.name,
        ...(start ? { ExclusiveStartKey: start } : {}),
        Limit: left,
      }),
    )
    entries.push(...Items.map((item) => ListedEntry.parse(item)))
    start = LastEvaluatedKey
    left -= ScannedCount ?? Items.length
  } while (start && left > 0)
  return { entries, isAll: start === undefined }
}

const kindQuery = (query: KindQuery, { from, to }: Bounds) => {
  const { kind, fleets, orNoFleet = false, where = {}, newestFirst = false } = query
  const attributes = Object.entries(where).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, values: typeof value === 'string' ? [value] : value }],
  )
  const placeholders = ({ name, values }: (typeof attributes)[number]) => values.map((_, n) => `:${name}${n}`)
  const fleetNames = fleets === 'all' ? [] : fleets.map((_, n) => `:fleet${n}`)
  const filters = [
    ...(fleetNames.length > 0 ? [inFleets(fleetNames, orNoFleet)] : []),
    ...attributes.map((one) => `#${one.name} IN (${placeholders(one).join(', ')})`),
  ]
  return {
    IndexName: schema.indexes.byKind.name,
    KeyConditionExpression: 'kind = :kind AND kindKey BETWEEN :from AND :to',
    ...(filters.length > 0 ? { FilterExpression: filters.join(' AND ') } : {}),
    ...(attributes.length > 0
      ? { ExpressionAttributeNames: Object.fromEntries(attributes.map(({ name }) => [`#${name}`, name])) }
      : {}),
    ExpressionAttributeValues: {
      ':kind': kind,
      ':from': from,
      ':to': to,
      ...Object.fromEntries(
        attributes.flatMap(({ name, values }) => values.map((value, n) => [`:${name}${n}`, value])),
      ),
      ...(fleets === 'all' ? {} : Object.fromEntries(fleets.map((fleet, n) => [`:fleet${n}`, fleet]))),
    },
    ScanIndexForward: !newestFirst,
  }
}

const inFleets = (names: readonly string[], orNoFleet: boolean): string => {
  const inOne = `fleet IN (${names.join(', ')})`
  return orNoFleet ? `(${inOne} OR attribute_not_exists(fleet))` : inOne
}

/** The most keys that one BatchGetItem takes. */
const batch = 100
const batchesAtOnce = 4

/**
 * Backoff for keys that BatchGetItem returned unprocessed, because the response was full or the table was
 * throttled. An immediate retry would most likely return them again.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html#Programming.Errors.BatchOperations
 */
const unprocessed: Backoff = { first: 50, most: 5_000 }

/** Keys were still unprocessed when no time was left for another try. */
class StillUnprocessed extends OwnError {
  override readonly name = 'ThrottlingError'
}

/** The items with these keys, in the order of the keys; undefined for those that do not exist. */
export const readAll = async (
  table: Table,
  keys: readonly Key[],
  consistent = false,
): Promise<(Record<string, unknown> | undefined)[]> => {
  const found = new Map<string, Record<string, unknown>>()
  const batches = Array.from({ length: Math.ceil(keys.length / batch) }, (_, n) =>
    keys.slice(n * batch, (n + 1) * batch),
  )
  await eachOf(batches, batchesAtOnce, async (some) => {
    let left: Record<string, unknown>[] = some
    for (let attempt = 0; left.length > 0; attempt++) {
      if (attempt > 0 && !(await waited(unprocessed, attempt - 1))) throw new StillUnprocessed()
      const { Responses, UnprocessedKeys } = await table.client.send(
        new BatchGetCommand({ RequestItems: { [table.name]: { Keys: left, ConsistentRead: consistent } } }),
      )
      for (const item of Responses?.[table.name] ?? []) found.set(`${item.pk} ${item.sk}`, item)
      left = UnprocessedKeys?.[table.name]?.Keys ?? []
    }
  })
  return keys.map(({ pk, sk }) => found.get(`${pk} ${sk}`))
}

/**
 * Reads items that another item or an index names, so they exist or did a moment ago. An eventually
 * consistent read may miss the newest of them: the missing ones are read again with a consistent read.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
 */
export const readNamed: typeof readAll = async (table, keys, consistent = false) => {
  const found = await readAll(table, keys, consistent)
  const missing = consistent ? [] : keys.filter((_, n) => !found[n])
  const newest = (await readAll(table, missing, true)).values()
  return found.map((item) => item ?? newest.next().value)
}

const Listed = z.object({ kind: z.string(), fleet: z.string() })

/**
 * The items of a page of keys. The index is eventually consistent: items that have since left the kind or the
 * fleets are left out.
 */
export const readListed = async (
  table: Table,
  { kind, fleets }: KindQuery,
  keys: readonly Key[],
): Promise<Record<string, unknown>[]> => {
  const items = await readNamed(table, keys)
  return items.flatMap((item) => {
    const listed = Listed.safeParse(item)
    const isMeant = listed.success && listed.data.kind === kind && includes(fleets, listed.data.fleet)
    return item && isMeant ? [item] : []
  })
}

/** Keys of the items of a kind whose `checkAt` has come, the longest overdue first. */
export async function* dueKeys(table: Table, kind: string, now: number): AsyncGenerator<Key> {
  const pages = pagesOf(table, {
    IndexName: schema.indexes.due.name,
    KeyConditionExpression: 'dueKind = :kind AND checkAt <= :now',
    ExpressionAttributeValues: { ':kind': kind, ':now': now },
  })
  for await (const items of pages) yield* items.map((item) => DueKey.parse(item))
}

const DueKey = z.object({ pk: z.string(), sk: z.string() })
