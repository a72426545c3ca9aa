import { createHash } from 'node:crypto'
import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, type Table, unlessRefused } from '../table/client.ts'
import { historyKey, historyPrefix } from '../table/keys.ts'
import { BadCursor, defaultLimit, type Page, type PageRequest } from '../table/pages.ts'

/**
 * Who did what to an upload, and when: one row for each action, so that the upload's own items do not grow.
 * Each kind of action has its own key range, so that a frequent kind does not hide the others.
 */

/** The first word of an action. */
const kinds = [
  'start',
  'credentials',
  'delete',
  'cancel',
  'overwritten',
  'retry',
  'half',
  'part',
  'download',
] as const
type Kind = (typeof kinds)[number]

const Entry = z.object({ at: z.number(), by: z.string(), action: z.string() })

/** `at`: epoch ms. */
export type HistoryEntry = { at: number; by: string; action: Kind | `${Kind} ${string}` }
export type KeptEntry = z.infer<typeof Entry>

/**
 * The order of entries across all kinds. The caller is hashed because the token issuer chooses its name, at
 * any length, and a key has at most 1,024 bytes.
 */
const placeOf = ({ at, by, action }: KeptEntry): string =>
  `${new Date(at).toISOString()}#${action}#${createHash('sha256').update(by).digest('hex').slice(0, 16)}`

const Place = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[A-Za-z0-9 -]{1,100}#[0-9a-f]{16}$/

const kindOf = ({ action }: { action: string }): string => action.split(' ')[0] ?? ''

/**
 * The same action by the same caller in the same millisecond is one entry. An overwritten archive has one
 * entry at any time, so that concurrent events do not make two.
 */
export const historyItem = (dockSn: string, uploadId: string, entry: HistoryEntry) => {
  const kind = kindOf(entry)
  // Sorts before every time, so that no cursor skips it.
  const place = kind === 'overwritten' ? `#${entry.action}` : placeOf(entry)
  return { ...historyKey(dockSn, uploadId, kind, place), ...entry }
}

/** How many entries of a kind an upload's record shows, the newest ones. Downloads can be many. */
const shownOf = (kind: string): number => (kind === 'download' ? 10 : 50)

/** Up to this many entries, one query reads all kinds; beyond that each kind is read on its own. */
const maxAtOnce = 100

export const historyStore = (table: Table) => {
  /**
   * Newest first within a kind, starting after `after`. A consistent read, so that callers see what they have
   * just done.
   */
  const read = async (dockSn: string, prefix: string, limit: number, after?: string) => {
    const { pk } = historyKey(dockSn, '', '', '')
    const { Items = [] } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :of)',
        ExpressionAttributeValues: { ':pk': pk, ':of': prefix },
        ...(after === undefined ? {} : { ExclusiveStartKey: { pk, sk: `${prefix}${after}` } }),
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: limit,
      }),
    )
    return Items.map((item) => Entry.parse(item))
  }

  const readKinds = async (
    dockSn: string,
    uploadId: string,
    limitOf: (kind: string) => number,
    after?: string,
  ): Promise<KeptEntry[]> => {
    const ranges = kinds.map((kind) => read(dockSn, historyPrefix(uploadId, kind), limitOf(kind) + 1, after))
    return (await Promise.all(ranges)).flat()
  }

  return {
    /** Adds an entry; an existing one stays as it is. */
    add: async (dockSn: string, uploadId: string, entry: HistoryEntry): Promise<void> => {
      await unlessRefused(
        table.client.send(
          new PutCommand({
            TableName: table.name,
            Item: {
              ...historyItem(dockSn, uploadId, entry),
              expiresAt: expiry(entry.at, table.retention.uploads),
            },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        ),
      )
    },

    /** The entries in an upload's record, oldest first; `isCut`: `page` has more. */
    shown: async (dockSn: string, uploadId: string): Promise<{ entries: KeptEntry[]; isCut: boolean }> => {
      const some = await read(dockSn, historyPrefix(uploadId), maxAtOnce + 1)
      const all = some.length > maxAtOnce ? await readKinds(dockSn, uploadId, shownOf) : some
      const entries = kinds.flatMap((kind) =>
        newestFirst(all.filter((entry) => kindOf(entry) === kind)).slice(0, shownOf(kind)),
      )
      return { entries: newestFirst(entries).reverse(), isCut: entries.length < all.length }
    },

    /** The whole history in pages, newest first. @throws BadCursor if the cursor is not from such a page */
    page: async (
      dockSn: string,
      uploadId: string,
      { limit = defaultLimit, cursor }: PageRequest,
    ): Promise<Page<KeptEntry>> => {
      if (cursor !== undefined && !Place.test(cursor)) throw new BadCursor()
      const all = await readKinds(dockSn, uploadId, () => limit, cursor)
      // Keys of the kind `overwritten` do not contain the entry's time, so the query cannot filter them.
      const found = newestFirst(all).filter((entry) => cursor === undefined || placeOf(entry) < cursor)
      const items = found.slice(0, limit)
      const last = found.length > limit ? items.at(-1) : undefined
      return { items, next: last && placeOf(last) }
    },
  }
}

const newestFirst = (entries: readonly KeptEntry[]): KeptEntry[] =>
  entries
    .map((entry) => ({ entry, place: placeOf(entry) }))
    .sort((one, other) => (one.place < other.place ? 1 : -1))
    .map(({ entry }) => entry)
