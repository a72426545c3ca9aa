import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { Id } from '../http/shapes.ts'
import type { Table } from '../table/client.ts'
import type { Fleets } from '../table/fleets.ts'
import { attemptKey, deviceKey, reportKey, reportPrefix } from '../table/keys.ts'
import { BadCursor, defaultLimit, listKeys, type Page, type PageRequest, readListed } from '../table/pages.ts'
import { type Device, readDevice } from './devices.ts'
import { earlierAttempts, findDevice } from './find-devices.ts'
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

/** Later than any report, epoch ms. */
const endOfTime = 9_999_999_999_999

/** Any sort key of a report. */
const reportPattern = new RegExp(`^${reportPrefix}\\d{13}#[\\x21-\\x7e]{1,60}$`)

export const upgradeReader = (table: Table) => {
  /** An attempt, and when the next one was opened. */
  const withEnd = async (
    { deviceId, attempt: newest }: Device,
    id: string,
  ): Promise<{ attempt: Attempt; until: number } | undefined> => {
    if (newest?.id === id) return { attempt: newest, until: endOfTime }
    const attempt = (await findDevice(table, attemptKey(deviceId, id)))?.attempt
    if (!attempt) return undefined
    const [next] = await earlierAttempts(table, deviceId, { limit: 1, after: id, oldestFirst: true })
    return { attempt, until: (next?.attempt ?? newest)?.openedAt ?? endOfTime }
  }

  return {
    get: (deviceId: string): Promise<Device | undefined> => findDevice(table, deviceKey(deviceId)),

    /** Newest first. */
    attempts: async (
      device: Device,
      { limit = defaultLimit, cursor }: PageRequest,
    ): Promise<Page<KnownAttempt>> => {
      if (cursor && !Id.safeParse(cursor).success) throw new BadCursor()
      const earlier = await earlierAttempts(table, device.deviceId, { limit: limit + 1, after: cursor })
      const found = [...(cursor ? [] : [device]), ...earlier].flatMap(knownAttempt)
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
      const after = cursor === undefined ? undefined : `${reportPrefix}${cursor}`
      // DynamoDB rejects a start key outside of the queried range.
      if (after !== undefined && (!reportPattern.test(after) || after < from || after >= until))
        throw new BadCursor()
      const rows: Row[] = []
      for await (const row of rowsNewestFirst(table, { pk, from, until }, after, limit + 1)) {
        const last = rows.at(-1)
        const isFull = rows.length >= limit + longestRun || (rows.length >= limit && !isRepeat(row, last))
        if (last && isFull)
          return { attempt, items: rows.toSorted(newerFirst), next: last.sk.slice(reportPrefix.length) }
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

async function* rowsNewestFirst(
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
