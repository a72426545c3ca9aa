import './quiet-logs.ts'

import { randomUUID } from 'node:crypto'
import { onHttp } from '../../lambdas/http/on-http.ts'
import { newId } from '../../lambdas/runtime/new-id.ts'
import { dueItems } from '../../lambdas/sweeps/due-items.ts'
import type { Timer } from '../../lambdas/sweeps/on-clock.ts'
import type { Table } from '../../lambdas/table/client.ts'
import { deliveryStore } from '../../lambdas/webhooks/deliveries.ts'
import { deliveryHistory } from '../../lambdas/webhooks/delivery-history.ts'
import { manageWebhooks, type WebhookRoute } from '../../lambdas/webhooks/manage.ts'
import type { Outcome } from '../../lambdas/webhooks/outcome.ts'
import type { Post } from '../../lambdas/webhooks/post.ts'
import { receivedEvent } from '../../lambdas/webhooks/received.ts'
import { webhookRoutes } from '../../lambdas/webhooks/routes.ts'
import { sendEvent } from '../../lambdas/webhooks/send-event.ts'
import { hookStore, webhookDueKind } from '../../lambdas/webhooks/store.ts'
import { retryWebhooks } from '../../lambdas/webhooks/sweep.ts'
import { rememberedSecrets } from '../../lambdas/webhooks/try-once.ts'
import { declared } from './declared.ts'
import { type Answer, answerOf, type Call, eventOf } from './http-calls.ts'

/** Epoch ms at which these stories begin. */
export const start = 1_800_000_000_000

type Received = {
  url: string
  id: string
  headers: Readonly<Record<string, string>>
  body: string
  at: number
}

/** What a receiver does with what it gets. */
export type Answers = (received: Received) => Outcome | Promise<Outcome>

/** A clock that stands until somebody moves it, and rings what is due on its way. */
const standingClock = () => {
  let now = start
  let timers: { at: number; ring: () => void }[] = []
  const timer: Timer = (milliseconds, ring) => {
    const mine = { at: now + milliseconds, ring }
    timers.push(mine)
    return () => {
      timers = timers.filter((one) => one !== mine)
    }
  }
  return {
    now: () => now,
    timer,
    waiting: () => timers.length,
    advance: (milliseconds: number) => {
      now += milliseconds
      const due = timers.filter(({ at }) => at <= now)
      timers = timers.filter(({ at }) => at > now)
      for (const { ring } of due) ring()
    },
  }
}

/** The functions behind webhooks, on a table, with receivers that are functions and a clock that stands still. */
export const wireWebhooks = (table: Table) => {
  const clock = standingClock()
  const { now } = clock
  const hooks = hookStore(table)
  const deliveries = deliveryStore(table)
  const received: Received[] = []
  const receivers = new Map<string, Answers>()
  const post: Post = async ({ url, headers, body }) => {
    const one = { url, id: headers['webhook-id'] ?? '', headers, body, at: now() }
    received.push(one)
    return (await receivers.get(url)?.(one)) ?? { ok: true, status: 204 }
  }
  const use = { hooks, deliveries, secrets: rememberedSecrets(hooks), post, now, random: () => 0 }
  const send = sendEvent({
    ...use,
    // What is remembered is the function's own business; here each knows the newest.
    remembered: async () => (await hooks.all()).hooks,
    timer: clock.timer,
  })
  const sweep = retryWebhooks({ ...use, due: dueItems(table, webhookDueKind) })
  const handle = onHttp(webhookRoutes, () =>
    manageWebhooks({ hooks, deliveries: deliveryHistory(table), loopback: false, now, newId }),
  )
  return {
    clock,
    hooks,
    deliveries,
    received,
    receivers,
    sweep,
    use,
    call: async (name: WebhookRoute, of: Call = {}): Promise<Answer> =>
      declared(name, answerOf(await handle(eventOf(name, of)))),
    /** An event as the bus hands it over. */
    event: (over: Record<string, unknown> = {}) =>
      receivedEvent({
        detail: {
          specversion: '1.0',
          id: `evt_${randomUUID()}`,
          source: '/groundcrew/Test',
          type: 'groundcrew.upload.verified.v1',
          subject: 'docks/DOCK/log-uploads/1',
          time: new Date(now()).toISOString(),
          fleet: 'north',
          data: { record: {} },
          ...over,
        },
      }),
    send,
  }
}
