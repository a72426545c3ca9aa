import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import type { Table } from '../table/client.ts'
import { attemptKey, deviceKey, reportKey } from '../table/keys.ts'
import {
  BadCursor,
  defaultLimit,
  type Fleets,
  listKeys,
  type Page,
  type PageRequest,
  readListed,
} from '../table/pages.ts'
import { type Device, readDevice } from './devices.ts'
import type { Attempt } from './state.ts'

/** Reads devices, their attempts and reports. */

const Event = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('upgradeReport'),
    deviceId: z.string(),
    eventTime: z.exactOptional(z.number()),
    eventTimeText: z.exactOptional(z.string()),
    resultCode: z.number(),
    percent: z.exactOptional(z.number()),
    hasFailed: z.exactOptional(z.literal(true)),
    version: z.exactOptional(z.string()),
    description: z.exactOptional(z.string()),
  }),
  z.object({
    kind: z.literal('versionReport'),
    deviceId: z.string(),
    eventTime: z.exactOptional(z.number()),
    eventTimeText: z.exactOptional(z.string()),
    firmware: z.exactOptional(z.string()),
    software: z.exactOptional(z.string()),
  }),
])
const Row = z.object({ sk: z.string(), receivedAt: z.number(), place: z.optional(z.number()), event: Event })
type Row = z.infer<typeof Row>

/** An event of the history. */
export type KeptReport = Pick<Row, 'receivedAt' | 'event'>

/** An attempt with its registers: the current ones, or those it had when another attempt followed. */
export type KnownAttempt = { of: Device; attempt: Attempt }

export const upgradeReader = (table: Table) => {
  /** Earlier attempts, starting after `from`. */
  const archived = async (
    deviceId: string,
    { limit, from, newestFirst = true }: { limit: number; from: string | undefined; newestFirst?: boolean },
  ) => {
    const { Items = [] } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :attempts)',
        ExpressionAttributeValues: { ':pk': deviceKey(deviceId).pk, ':attempts': attemptKey('', '').sk },
        ScanIndexForward: !newestFirst,
        // An attempt that another has just replaced is no longer in the device's item: it has to be found
        // here.
        ConsistentRead: true,
        ...(from === undefined ? {} : { ExclusiveStartKey: attemptKey(deviceId, from) }),
        Limit: limit,
      }),
    )
    return Items.flatMap((item) => knownAttempt(readDevice(item)))
  }

  const read = async (Key: { pk: string; sk: string }): Promise<Device | undefined> => {
    const { Item } = await table.client.send(
      new GetCommand({ TableName: table.name, Key, ConsistentRead: true }),
    )
    return Item && readDevice(Item)
  }

  /** An attempt, and when the next one was opened. */
  const withEnd = async (
    { deviceId, attempt: newest }: Device,
    id: string,
  ): Promise<{ attempt: Attempt; until: number } | undefined> => {
    if (newest?.id === id) return { attempt: newest, until: 9_999_999_999_999 }
    const attempt = (await read(attemptKey(deviceId, id)))?.attempt
    if (!attempt) return undefined
    const [next] = await archived(deviceId, { limit: 1, from: id, newestFirst: false })
    return { attempt, until: (next?.attempt ?? newest)?.openedAt ?? 9_999_999_999_999 }
  }

  return {
    get: (deviceId: string): Promise<Device | undefined> => read(deviceKey(deviceId)),

    /** Newest first. */
    attempts: async (
      device: Device,
      { limit = defaultLimit, cursor }: PageRequest,
    ): Promise<Page<KnownAttempt>> => {
      const first = cursor ? [] : knownAttempt(device)
      const found = [...first, ...(await archived(device.deviceId, { limit: limit + 1, from: cursor }))]
      const items = found.slice(0, limit)
      return { items, next: found.length > limit ? items.at(-1)?.attempt.id : undefined }
    },

    /**
     * What was received while the attempt was the device's newest, newest first; undefined: no such attempt.
     * A page ends where the report changes, so that all repeats of a report are on one page. After
     * `longestRun` more rows it ends anyway.
     */
    reports: async (
      device: Device,
      attemptId: string,
      { limit = defaultLimit, cursor }: PageRequest,
    ): Promise<(Page<KeptReport> & { attempt: Attempt }) | undefined> => {
      const found = await withEnd(device, attemptId)
      if (!found) return undefined
      const { attempt } = found
      const { pk } = deviceKey(device.deviceId)
      const from = reportKey(device.deviceId, attempt.openedAt, '').sk
      const until = reportKey(device.deviceId, found.until, '').sk
      const after = cursor === undefined ? undefined : `REPORT#${cursor}`
      // DynamoDB rejects a start key outside of the queried range.
      if (after !== undefined && (after < from || after >= until)) throw new BadCursor()
      const rows: Row[] = []
      for await (const row of newestFirst(table, { pk, from, until }, after, limit + 1)) {
        const last = rows.at(-1)
        const isFull = rows.length >= limit + longestRun || (rows.length >= limit && !isRepeat(row, last))
        if (last && isFull)
          return { attempt, items: rows.toSorted(newerFirst), next: last.sk.slice('REPORT#'.length) }
        rows.push(row)
      }
      return { attempt, items: rows.toSorted(newerFirst) }
    },

    /**
     * Devices of these fleets, by id. The filters match what the index has, at most a minute behind; the
     * devices are then read.
     */
    ofFleets: async (
      fleets: Fleets,
      query: {
        state?: readonly string[] | undefined
        /** A prefix of the ids. */
        deviceId?: string | undefined
        version?: string | undefined
        campaignId?: string | undefined
      } & PageRequest,
    ): Promise<Page<Device>> => {
      const { state, version, campaignId, deviceId } = query
      const kindQuery = {
        kind: 'device' as const,
        fleets,
        where: { state, version, campaignId },
        // `~` sorts after every character of an id.
        ...(deviceId === undefined ? {} : { from: deviceId, to: `${deviceId}~` }),
      }
      const { items, next } = await listKeys(table, kindQuery, query)
      return { items: (await readListed(table, kindQuery, items)).map((item) => readDevice(item)), next }
    },
  }
}

/** Keys do not contain the order within a millisecond, so that the same report sent again is the same row. */
const newerFirst = (one: Row, other: Row): number =>
  other.receivedAt - one.receivedAt || (other.place ?? 0) - (one.place ?? 0) || (one.sk < other.sk ? 1 : -1)

/** Rows beyond its limit that a page takes while a device repeats itself. */
const longestRun = 1_000
const repeatsAtOnce = 250

/**
 * Whether a report repeats the newer one, with the same claimed time. Parsing puts the fields in the schema's
 * order.
 */
const isRepeat = (row: Row, newer: Row | undefined): boolean =>
  JSON.stringify(row.event) === JSON.stringify(newer?.event)

async function* newestFirst(
  table: Table,
  { pk, from, until }: { pk: string; from: string; until: string },
  after: string | undefined,
  first: number,
): AsyncGenerator<Row> {
  let atOnce = first
  let start: Record<string, unknown> | undefined = after === undefined ? undefined : { pk, sk: after }
  do {
    const { Items = [], LastEvaluatedKey } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :until',
        ExpressionAttributeValues: { ':pk': pk, ':from': from, ':until': until },
        ScanIndexForward: false,
        ...(start ? { ExclusiveStartKey: start } : {}),
        Limit: atOnce,
      }),
    )
    yield* Items.map((item) => Row.parse(item))
    start = LastEvaluatedKey
    // The rest of the page is repeats.
    atOnce = repeatsAtOnce
  } while (start)
}

const knownAttempt = (of: Device): KnownAttempt[] => (of.attempt ? [{ of, attempt: of.attempt }] : [])
