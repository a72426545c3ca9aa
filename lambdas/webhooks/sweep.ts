import { type ClockNeeds, sweepDue } from '../sweeps/on-clock.ts'
import type { Key } from '../table/pages.ts'
import { hookOf } from './delivery.ts'
import { sendWaiting } from './send-waiting.ts'
import type { HookRef } from './store.ts'
import type { SendingNeeds } from './try-once.ts'

/** A webhook, or with `making` and `delivery` one of its deliveries. */
type Subject = { webhookId: string; making?: string; delivery?: string }

/** As many at once as there may be webhooks, so that none waits for a slow one. */
const limits = { atOnce: 50, ms: 100_000 }

/**
 * Started once a minute. Tries webhooks that are down, sends the waiting deliveries of those that recovered,
 * and continues deliveries whose sender crashed. Safe to repeat and to run concurrently.
 */
export const retryWebhooks = (use: ClockNeeds & SendingNeeds) => (): Promise<void> =>
  sweepDue<Subject>(use, {
    name: 'retry-webhooks',
    subjectOf,
    longWork: limits,
    check: async ({ webhookId, making, delivery }) => {
      if (making !== undefined && delivery !== undefined) {
        await takeUp(use, { id: webhookId, key: making }, delivery)
        return undefined
      }
      const found = await use.hooks.find(webhookId)
      return found ? () => sendWaiting(use)(found) : undefined
    },
  })

const subjectOf = ({ pk, sk }: Key): Subject | undefined => {
  const hook = hookOf({ pk, sk })
  if (hook) return { webhookId: hook.id, making: hook.key, delivery: sk }
  return sk.startsWith('WEBHOOK#') ? { webhookId: sk.slice('WEBHOOK#'.length) } : undefined
}

/** Puts a delivery of a crashed sender among the waiting ones; the next run works on its webhook. */
const takeUp = async ({ hooks, deliveries, now }: SendingNeeds, hook: HookRef, sk: string): Promise<void> => {
  const row = await deliveries.find(hook, sk)
  if (row?.state !== 'waiting' || row.checkAt === undefined || row.checkAt > now()) return
  const known = await hooks.find(hook.id)
  if (known?.key !== hook.key) return void (await deliveries.close(row, 'dropped'))
  await deliveries.wait(row, hook)
  await hooks.change(hook, (one) =>
    one.checkAt === undefined || (!one.down && one.checkAt > now()) ? { ...one, checkAt: now() } : undefined,
  )
}
