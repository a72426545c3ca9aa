import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, type Table } from '../table/client.ts'
import type { Fleets } from '../table/fleets.ts'
import { deliveryKey } from '../table/keys.ts'
import { BadCursor, defaultLimit, type Key, type Page, type PageRequest } from '../table/pages.ts'
import { updateOf } from '../table/update.ts'
import { type Delivery, keptDays, Row, waitingKind } from './delivery.ts'
import { testType } from './matching.ts'
import { scheduleMs } from './schedule.ts'
import type { HookRef } from './store.ts'

/** Lists the deliveries of a webhook, and replays them. */

/** From and to, epoch ms, both inclusive. */
export type Span = { from: number; to: number }

export const deliveryHistory = (table: Table) => ({
  /** Deliveries of these fleets, newest first. A page may be short and still have a `next`. */
  list: async (
    hook: HookRef,
    {
      fleets,
      state,
      limit = defaultLimit,
      cursor,
    }: PageRequest & { fleets: Fleets; state?: string | undefined },
  ): Promise<Page<Delivery>> => {
    const start = cursor === undefined ? undefined : readCursor(hook, everything, cursor)
    const { Items = [], LastEvaluatedKey } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        ScanIndexForward: false,
        Limit: limit,
        ...inSpan(hook, everything),
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    )
    const items = Items.map((item) => Row.parse(item)).filter(
      (row) => isOf(row, fleets) && (state === undefined || row.state === state),
    )
    return { items, next: LastEvaluatedKey && cursorTo(LastEvaluatedKey) }
  },

  /** Marks the events of a time span to be sent again, oldest first; reads at most `most` rows. */
  replay: async (
    hook: HookRef,
    span: Span,
    { fleets, cursor, most, now }: { fleets: Fleets; cursor?: string | undefined; most: number; now: number },
  ): Promise<{ replayed: number; next?: string | undefined }> => {
    const start = cursor === undefined ? undefined : readCursor(hook, span, cursor)
    const { Items = [], LastEvaluatedKey } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        Limit: most,
        ConsistentRead: true,
        ...inSpan(hook, span),
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    )
    const rows = Items.map((item) => Row.parse(item)).filter((row) => isOf(row, fleets))
    await Promise.all(
      rows.map((row) =>
        table.client.send(
          new UpdateCommand({
            TableName: table.name,
            Key: { pk: row.pk, sk: row.sk },
            ...updateOf({
              set: {
                state: 'waiting',
                replayedAt: now,
                giveUpAt: now + scheduleMs,
                tries: 0,
                dueKind: waitingKind(hook),
                checkAt: row.at,
                reason: undefined,
                status: undefined,
                deliveredAt: undefined,
                expiresAt: expiry(now, keptDays),
              },
            }),
          }),
        ),
      ),
    )
    return { replayed: rows.length, next: LastEvaluatedKey && cursorTo(LastEvaluatedKey) }
  },
})

export type DeliveryHistory = ReturnType<typeof deliveryHistory>

/** The times that fit into a key: 13 digits, from 1970 to 2286. */
const everything: Span = { from: 0, to: 9_999_999_999_999 }
const fitting = (at: number): number => Math.min(Math.max(at, everything.from), everything.to)

const boundsOf = (hook: HookRef, { from, to }: Span) => ({
  first: deliveryKey(hook.id, hook.key, fitting(from), ''),
  // `~` sorts after every character of an event id.
  last: deliveryKey(hook.id, hook.key, fitting(to), '~'),
})

const inSpan = (hook: HookRef, span: Span) => {
  const { first, last } = boundsOf(hook, span)
  return {
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
    ExpressionAttributeValues: { ':pk': first.pk, ':from': first.sk, ':to': last.sk },
  }
}

/** Leaves out deliveries from before the webhook's fleets were narrowed. Tests have no fleet. */
const isOf = ({ type, fleet }: Delivery, fleets: Fleets): boolean =>
  fleets === 'all' || type === testType || (fleet !== undefined && fleets.includes(fleet))

const CursorKey = z.object({ sk: z.string() })
const cursorTo = (key: unknown): string => Buffer.from(CursorKey.parse(key).sk).toString('base64url')

const readCursor = (hook: HookRef, span: Span, cursor: string): Key => {
  const sk = Buffer.from(cursor, 'base64url').toString()
  const { first, last } = boundsOf(hook, span)
  // DynamoDB rejects a start key outside of the queried range.
  const isInside = sk >= first.sk && sk <= last.sk
  if (!isInside || !/^DELIVERY#\d{13}#[\w:#-]{1,200}$/.test(sk)) throw new BadCursor()
  return { pk: first.pk, sk }
}
