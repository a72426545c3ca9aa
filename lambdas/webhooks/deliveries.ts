import { deflateRawSync } from 'node:zlib'
import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, isRefused, type Table, unlessRefused } from '../table/client.ts'
import { deliveryKey } from '../table/keys.ts'
import { type Key, readAll } from '../table/pages.ts'
import { table as schema } from '../table/schema.ts'
import { updateOf } from '../table/update.ts'
import { type Delivery, keptDays, type ReceivedEvent, Row, waitingKind } from './delivery.ts'
import type { Failure, Outcome } from './outcome.ts'
import { maxTries, scheduleMs } from './schedule.ts'
import { type HookRef, webhookDueKind } from './store.ts'

/** Deliveries to webhooks in the table, from the event to the outcome. */

/** A sender that takes longer than this has crashed. */
const sendingMs = 90_000

export const deliveryStore = (table: Table) => {
  /**
   * Updates a waiting delivery. `set` must contain the new state, because the condition uses its placeholder.
   */
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

  /** Keys of due deliveries in the order of the index, at most `most`. */
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
    /** Adds a delivery. Undefined: it exists already, so another sender has it or has sent it. */
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

    /** Waiting deliveries that are due, in order, page by page. */
    async *waiting(hook: HookRef, now: number, atOnce: number): AsyncGenerator<Delivery[]> {
      let after: Record<string, unknown> | undefined
      do {
        const { keys, next } = await waitingKeys(hook, now, atOnce, after)
        // The index is eventually consistent: some may have been delivered already.
        const rows = (await rowsOf(keys)).filter(
          ({ state, dueKind }) => state === 'waiting' && dueKind === waitingKind(hook),
        )
        if (rows.length > 0) yield rows
        after = next
      } while (after)
    },

    /** When the first waiting delivery is due. */
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
     * Records a failed try. The delivery waits for its next try at `nextAt`. It is given up if its time is
     * over, or if the receiver refuses this delivery (`isItsOwn`) and it has had all of its tries.
     */
    failed: async (
      row: Delivery,
      hook: HookRef,
      { reason, status }: Failure,
      { now, nextAt, isItsOwn }: { now: number; nextAt: number; isItsOwn: boolean },
    ): Promise<'waits' | 'givenUp'> => {
      const isOver = (isItsOwn && row.tries + 1 >= maxTries) || row.giveUpAt <= now
      const due = isOver
        ? { state: 'failed' as const, dueKind: undefined, checkAt: undefined }
        : { state: 'waiting' as const, dueKind: waitingKind(hook), checkAt: nextAt }
      await update(row, { ...due, reason, status, triedAt: now }, 1)
      return isOver ? 'givenUp' : 'waits'
    },

    /** Puts a delivery back among the waiting ones, because its sender crashed or cannot send. */
    wait: (row: Delivery, hook: HookRef): Promise<boolean> =>
      update(row, { state: 'waiting', dueKind: waitingKind(hook), checkAt: row.at }),

    /** Ends a delivery without another try. */
    close: (row: Key, state: 'failed' | 'dropped', reason?: string): Promise<boolean> =>
      update(row, { state, dueKind: undefined, checkAt: undefined, ...(reason ? { reason } : {}) }),
  }
}

export type DeliveryStore = ReturnType<typeof deliveryStore>

const DueKey = z.object({ pk: z.string(), sk: z.string(), checkAt: z.number() })
