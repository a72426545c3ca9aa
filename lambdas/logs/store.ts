import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import type { Table } from '../table/client.ts'
import type { Fleets } from '../table/fleets.ts'
import { uploadKeys } from '../table/keys.ts'
import {
  cursorOf,
  defaultLimit,
  type Key,
  listKeys,
  type Page,
  type PageRequest,
  readNamed,
} from '../table/pages.ts'
import { Cause } from './cause.ts'
import { type HotUpload, readHotUpload } from './hot-item.ts'
import type { UploadRequest } from './request.ts'

/** Reads uploads. An upload is two items: its request, and its hot item with everything known since. */

const Boots = { module: z.enum(['aircraft', 'dock']), bootIndexes: z.array(z.number()) }

const Request = z.object({
  id: z.string(),
  dockSn: z.string(),
  fleet: z.string(),
  requestedBy: z.string(),
  note: z.optional(z.string()),
  archives: z.array(
    z.object({
      ...Boots,
      objectKey: z.string(),
      listedBytes: z.optional(z.number()),
    }),
  ),
  estimatedSeconds: z.optional(z.number()),
  rest: z.optional(z.array(z.array(z.object(Boots)))),
  attempt: z.optional(z.number()),
  retryOf: z.optional(z.string()),
  startedAs: z.optional(z.enum(['retry', 'half', 'part'])),
  cause: z.optional(Cause),
})

/** Parses the request item of an upload. */
export const readRequest = (item: unknown): UploadRequest => Request.parse(item)

export type UploadAddress = { dockSn: string; uploadId: string }

export type UploadWithoutRequest = { dockSn: string; id: string; hot: HotUpload }
export type StoredUpload = { request: UploadRequest; hot: HotUpload }

export const uploadReader = (table: Table) => ({
  get: async (dockSn: string, id: string): Promise<StoredUpload | undefined> => {
    const [upload] = await readPairs(table, [{ dockSn, id }], true)
    return upload
  },

  /**
   * The hot items of uploads by their ids, in this order; expired ones are left out. Does not read the
   * requests, which may be many times larger.
   */
  statesOf: async (
    ids: readonly { dockSn: string; id: string }[],
    consistent = false,
  ): Promise<UploadWithoutRequest[]> => {
    const keys = ids.map(({ dockSn, id }) => uploadKeys.state(dockSn, id))
    const items = await readNamed(table, keys, consistent)
    return ids.flatMap((address, n) => (items[n] ? [{ ...address, hot: readHotUpload(items[n]) }] : []))
  },

  /** Uploads of one dock, newest first. */
  ofDock: async (
    dockSn: string,
    { limit = defaultLimit, cursor }: PageRequest,
  ): Promise<Page<StoredUpload>> => {
    const { pk } = uploadKeys.request(dockSn, '')
    const { Items = [], LastEvaluatedKey } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :uploads)',
        ExpressionAttributeValues: { ':pk': pk, ':uploads': uploadKeys.all },
        ScanIndexForward: false,
        // In descending order an upload's state comes before its request, so this key is after both.
        ...(cursor ? { ExclusiveStartKey: uploadKeys.request(dockSn, cursor) } : {}),
        Limit: 2 * (limit + 1),
      }),
    )
    const found = pairs(Items)
    const items = found.slice(0, limit)
    // A query also ends after reading a megabyte.
    const hasMore = found.length > limit || LastEvaluatedKey !== undefined
    return { items, next: hasMore ? items.at(-1)?.request.id : undefined }
  },

  /**
   * Uploads across docks, newest first. `state` is that of the index, at most a minute behind the actual one.
   */
  ofFleets: async (
    fleets: Fleets,
    query: {
      state?: readonly string[] | undefined
      createdAfter?: number | undefined
      createdBefore?: number | undefined
    },
    request: PageRequest,
  ): Promise<Page<StoredUpload>> => {
    const { createdAfter, createdBefore, state } = query
    const { items, next } = await listKeys(
      table,
      {
        kind: 'upload',
        fleets,
        where: { state },
        from: createdAfter === undefined ? undefined : idPrefix(createdAfter),
        to: createdBefore === undefined ? undefined : idPrefix(createdBefore),
        newestFirst: true,
      },
      request,
    )
    return { items: await readPairs(table, items.flatMap(idsOf)), next }
  },
})

/** The cursor with which a list across docks continues after an upload. */
export const cursorAfter = ({ request: { dockSn, id } }: StoredUpload): string =>
  cursorOf({ kindKey: id, ...uploadKeys.state(dockSn, id) })

/** The upload that a key of the table belongs to. */
export const addressOf = ({ pk, sk }: Key): UploadAddress | undefined => {
  const [, dockSn] = pk.split('#')
  const [, uploadId] = sk.split('#')
  return dockSn && uploadId ? { dockSn, uploadId } : undefined
}

const idsOf = (key: Key): { dockSn: string; id: string }[] => {
  const { dockSn, uploadId: id } = addressOf(key) ?? {}
  return dockSn && id ? [{ dockSn, id }] : []
}

/** The lower bound of the ids of uploads that were started at or after a time, epoch ms. */
export const uploadsFrom = (at: number): string => idPrefix(at)

/** When the upload with this id was started, epoch ms. */
export const startedAt = (id: string): number => Number.parseInt(id.replace('-', '').slice(0, 12), 16)

/** A UUIDv7 begins with its time in milliseconds, 48 bits (RFC 9562, section 5.7). */
const idPrefix = (at: number): string => {
  const hex = Math.max(0, at).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}`
}

const readPairs = async (
  table: Table,
  ids: readonly { dockSn: string; id: string }[],
  consistent = false,
): Promise<StoredUpload[]> => {
  const keys = ids.flatMap(({ dockSn, id }) => [uploadKeys.state(dockSn, id), uploadKeys.request(dockSn, id)])
  const items = await readNamed(table, keys, consistent)
  return pairs(items.filter((item) => item !== undefined))
}

/** Pairs states with requests, which are neighbours. If one of the two has expired, leaves out the other. */
const pairs = (items: readonly Record<string, unknown>[]): StoredUpload[] =>
  items.flatMap((item, n) => {
    const next = items[n + 1]
    const together =
      typeof item.sk === 'string' &&
      item.sk.endsWith('#state') &&
      next?.sk === item.sk.replace(/state$/, 'request')
    return together ? [{ hot: readHotUpload(item), request: Request.parse(next) }] : []
  })
