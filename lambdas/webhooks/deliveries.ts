import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, isRefused, type Table, unlessRefused } from '../table/client.ts'
import { deliveryKey, deliveryPrefix } from '../table/keys.ts'
import {
  BadCursor,
  defaultLimit,
  type Fleets,
  type Key,
  type Page,
  type PageRequest,
  readAll,
} from '../table/pages.ts'
import { table as schema } from '../table/schema.ts'
import { updateOf } from '../table/update.ts'
import { testType } from './matching.ts'
import type { Failure, Outcome } from './outcome.ts'
import { mostTries, scheduleMs } from './schedule.ts'
import { type HookRef, webhookDueKind } from './store.ts'

/**
 * What webhooks were sent, and what waits to be: pk `WEBHOOK#{id}#{making}`, sk `DELIVERY#{at}#{event id}`. What is
 * being sent is due after `sendingMs`, under the kind of webhooks: if its sender dies, the clock finds it. What waits
 * is due under a kind of its webhook's own, so that it is found in order.
 */

export const keptDays = 30

/** No sender takes this long: past it, it is taken for dead. */
const sendingMs = 90_000

export const deliveryStates = ['waiting', 'delivered', 'failed', 'dropped'] as const

const Row = z.object({
  pk: z.string(),
  sk: z.string(),
  eventId: z.string(),
  type: z.string(),
  fleet: z.optional(z.string()),
  about: z.optional(z.string()),
  /** When the event happened, epoch ms. */
  at: z.number(),
  /** What is sent, deflated. */
  body: z.instanceof(Uint8Array),
  /** `failed`: given up; `dropped`: the webhook wanted it no more. */
  state: z.enum(deliveryStates),
  tries: z.number(),
  giveUpAt: z.number(),
  triedAt: z.optional(z.number()),
  status: z.optional(z.number()),
  reason: z.optional(z.string()),
  deliveredAt: z.optional(z.number()),
  replayedAt: z.optional(z.number()),
  dueKind: z.optional(z.string()),
  checkAt: z.optional(z.number()),
})
export type Delivery = z.infer<typeof Row>

/** An event as it came from the bus. `about`: the webhook that it is about. */
export type ReceivedEvent = {
  id: string
  type: string
  fleet?: string | undefined
  about?: string | undefined
  at: number
  body: string
}

export const bodyOf = ({ body }: Delivery): string => inflateRawSync(body).toString()

/** The index partition of what waits for a webhook. */
const waitingKind = ({ id, key }: HookRef): string => `webhook#${id}#${key}`

/** The webhook that a key of a delivery is of; undefined: it is none of a delivery. */
export const hookOf = ({ pk, sk }: Key): HookRef | undefined => {
  const [kind, id, key] = pk.split('#')
  return kind === 'WEBHOOK' && id && key && sk.startsWith(deliveryPrefix) ? { id, key } : undefined
}

/** From and to, epoch ms, both included. */
export type Span = { from: number; to: number }

export const deliveryStore = (table: Table) => {
  /** `set` has the state that it is in from then on: the condition needs its name, too. */
  const update = async (
    row: Key,
    set: { state: Delivery['state'] } & Record<string, unknown>,
    add = 0,
  ): Promise<boolean> => {
    const outcome = await unlessRefused(
      table.client.send(
        new UpdateCommand({
          TableName: table.name,
          Key: { pk: row.pk, sk: row.sk },
          ...updateOf({ set, ...(add > 0 ? { add: { tries: add } } : {}), values: { ':was': 'waiting' } }),
          ConditionExpression: '#state = :was',
        }),
      ),
    )
    return !isRefused(outcome)
  }

  /** Keys in order of the index, at most so many. */
  const waitingKeys = async (hook: HookRef, now: number, most: number, after?: Record<string, unknown>) => {
    const { Items = [], LastEvaluatedKey } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        IndexName: schema.indexes.due.name,
        KeyConditionExpression: 'dueKind = :kind AND checkAt <= :now',
        ExpressionAttributeValues: { ':kind': waitingKind(hook), ':now': now },
        Limit: most,
        ...(after ? { ExclusiveStartKey: after } : {}),
      }),
    )
    return { keys: Items.map((item) => DueKey.parse(item)), next: LastEvaluatedKey }
  }

  const rowsOf = async (keys: readonly Key[]): Promise<Delivery[]> =>
    (
      await readAll(
        table,
        keys.map(({ pk, sk }) => ({ pk, sk })),
        true,
      )
    ).flatMap((item) => (item ? [Row.parse(item)] : []))

  return {
    /** Undefined: it is there already, so somebody else sends it, or has. */
    put: async (
      hook: HookRef,
      event: ReceivedEvent,
      how: 'send' | 'wait',
      now: number,
    ): Promise<Delivery | undefined> => {
      const { id, body, ...rest } = event
      const row: Delivery = {
        ...deliveryKey(hook.id, hook.key, event.at, id),
        ...rest,
        eventId: id,
        body: deflateRawSync(body),
        state: 'waiting',
        tries: 0,
        giveUpAt: now + scheduleMs,
        ...(how === 'send'
          ? { dueKind: webhookDueKind, checkAt: now + sendingMs }
          : { dueKind: waitingKind(hook), checkAt: event.at }),
      }
      const outcome = await unlessRefused(
        table.client.send(
          new PutCommand({
            TableName: table.name,
            Item: { ...row, expiresAt: expiry(now, keptDays) },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        ),
      )
      return isRefused(outcome) ? undefined : row
    },

    find: async ({ id, key }: HookRef, sk: string): Promise<Delivery | undefined> => {
      const { pk } = deliveryKey(id, key, 0, '')
      const { Item } = await table.client.send(
        new GetCommand({ TableName: table.name, Key: { pk, sk }, ConsistentRead: true }),
      )
      return Item && Row.parse(Item)
    },

    /** Those that wait and may be tried by now, in their order, page by page. */
    async *waiting(hook: HookRef, now: number, atOnce: number): AsyncGenerator<Delivery[]> {
      let after: Record<string, unknown> | undefined
      do {
        const { keys, next } = await waitingKeys(hook, now, atOnce, after)
        // The index lags: some are delivered already.
        const rows = (await rowsOf(keys)).filter(
          ({ state, dueKind }) => state === 'waiting' && dueKind === waitingKind(hook),
        )
        if (rows.length > 0) yield rows
        after = next
      } while (after)
    },

    /** When the first of those that wait may be tried. */
    nextAt: async (hook: HookRef): Promise<number | undefined> => {
      const { keys } = await waitingKeys(hook, Number.MAX_SAFE_INTEGER, 1)
      return keys[0]?.checkAt
    },

    delivered: (row: Key, { status }: Outcome & { ok: true }, now: number): Promise<boolean> =>
      update(
        row,
        {
          state: 'delivered',
          deliveredAt: now,
          triedAt: now,
          status,
          reason: undefined,
          dueKind: undefined,
          checkAt: undefined,
        },
        1,
      ),

    /**
     * It waits for its next try, at `nextAt`. It is given up when its time is over or its own tries are used up; failures of
     * its receiver as a whole do not count against it.
     */
    failed: async (
      row: Delivery,
      hook: HookRef,
      { reason, status }: Failure,
      { now, nextAt, isItsOwn }: { now: number; nextAt: number; isItsOwn: boolean },
    ): Promise<'waits' | 'givenUp'> => {
      const isOver = (isItsOwn && row.tries + 1 >= mostTries) || row.giveUpAt <= now
      const due = isOver
        ? { state: 'failed' as const, dueKind: undefined, checkAt: undefined }
        : { state: 'waiting' as const, dueKind: waitingKind(hook), checkAt: nextAt }
      await update(row, { ...due, reason, status, triedAt: now }, 1)
      return isOver ? 'givenUp' : 'waits'
    },

    /** Whoever sent it has died, or cannot: it waits with the others. */
    wait: (row: Delivery, hook: HookRef): Promise<boolean> =>
      update(row, { state: 'waiting', dueKind: waitingKind(hook), checkAt: row.at }),

    /** Without another try. */
    close: (row: Key, state: 'failed' | 'dropped', reason?: string): Promise<boolean> =>
      update(row, { state, dueKind: undefined, checkAt: undefined, ...(reason ? { reason } : {}) }),

    /** Newest first; those of these fleets alone. A page may be short and still have a `next`. */
    list: async (
      hook: HookRef,
      {
        fleets,
        state,
        limit = defaultLimit,
        cursor,
      }: PageRequest & { fleets: Fleets; state?: string | undefined },
    ): Promise<Page<Delivery>> => {
      const start = cursor === undefined ? undefined : readCursor(hook, cursor)
      const { Items = [], LastEvaluatedKey } = await table.client.send(
        new QueryCommand({
          ...{ TableName: table.name, ScanIndexForward: false, Limit: limit },
          ...inSpan(hook, everything),
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      )
      const items = Items.map((item) => Row.parse(item)).filter(
        (row) => isOf(row, fleets) && (state === undefined || row.state === state),
      )
      return { items, next: LastEvaluatedKey && cursorTo(LastEvaluatedKey) }
    },

    /** Has what happened in a span sent again, oldest first; of at most so many rows. */
    replay: async (
      hook: HookRef,
      span: Span,
      {
        fleets,
        cursor,
        most,
        now,
      }: { fleets: Fleets; cursor?: string | undefined; most: number; now: number },
    ): Promise<{ replayed: number; next?: string | undefined }> => {
      const start = cursor === undefined ? undefined : readCursor(hook, cursor)
      const { Items = [], LastEvaluatedKey } = await table.client.send(
        new QueryCommand({
          ...{ TableName: table.name, Limit: most, ConsistentRead: true },
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
                  ...{ state: 'waiting', replayedAt: now, giveUpAt: now + scheduleMs, tries: 0 },
                  ...{ dueKind: waitingKind(hook), checkAt: row.at, reason: undefined, status: undefined },
                  ...{ deliveredAt: undefined, expiresAt: expiry(now, keptDays) },
                },
              }),
            }),
          ),
        ),
      )
      return { replayed: rows.length, next: LastEvaluatedKey && cursorTo(LastEvaluatedKey) }
    },
  }
}

export type DeliveryStore = ReturnType<typeof deliveryStore>

const DueKey = z.object({ pk: z.string(), sk: z.string(), checkAt: z.number() })
const everything: Span = { from: 0, to: 9_999_999_999_999 }

const inSpan = (hook: HookRef, { from, to }: Span) => {
  const { pk, sk } = deliveryKey(hook.id, hook.key, from, '')
  return {
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
    // What an id may have is below this.
    ExpressionAttributeValues: { ':pk': pk, ':from': sk, ':to': deliveryKey(hook.id, hook.key, to, '~').sk },
  }
}

/** A webhook whose fleets were narrowed has deliveries that are not of them any more. A test is of none. */
const isOf = ({ type, fleet }: Delivery, fleets: Fleets): boolean =>
  fleets === 'all' || type === testType || (fleet !== undefined && fleets.includes(fleet))

const CursorKey = z.object({ sk: z.string() })
const cursorTo = (key: unknown): string => Buffer.from(CursorKey.parse(key).sk).toString('base64url')

const readCursor = (hook: HookRef, cursor: string): Key => {
  const sk = Buffer.from(cursor, 'base64url').toString()
  if (!/^DELIVERY#\d{13}#[\w:#-]{1,200}$/.test(sk)) throw new BadCursor()
  return { pk: deliveryKey(hook.id, hook.key, 0, '').pk, sk }
}
