import type { Timer } from '../sweeps/on-clock.ts'
import type { ReceivedEvent } from './delivery.ts'
import { afterFailure, afterGivingUp, overdueMs, promptedBy, provenBy, whileOverdue } from './health.ts'
import type { Hook } from './hook.ts'
import { receives, testType } from './matching.ts'
import { sendWaiting } from './send-waiting.ts'
import { type SendingNeeds, tryOnce } from './try-once.ts'

type Needs = SendingNeeds & {
  /** All webhooks, from a cache that is some seconds old. */
  remembered: () => Promise<Hook[]>
  timer: Timer
}

/** The longest delay for which this invocation waits: for the second try. The sweep makes all later ones. */
const atOnceMs = 6_000

/**
 * Sends an event to all webhooks that receive it, concurrently. Safe to repeat: each delivery is recorded
 * once, and sent by the invocation that recorded it, or by the sweep.
 * @throws the first error, after all webhooks have been tried
 */
export const sendEvent =
  (use: Needs) =>
  async (event: ReceivedEvent): Promise<void> => {
    const hooks = (await use.remembered()).filter((hook) => receives(hook, event))
    const ends = await Promise.allSettled(hooks.map((hook) => sendTo(use, hook, event)))
    const failed = ends.find((end) => end.status === 'rejected')
    if (failed) throw failed.reason
  }

const sendTo = async (use: Needs, remembered: Hook, event: ReceivedEvent): Promise<void> => {
  const { hooks, deliveries, now } = use
  const waits = remembered.down !== undefined && event.type !== testType
  const row = await deliveries.put(remembered, event, waits ? 'wait' : 'send', now())
  if (!row) return
  const hook = waits ? await backSince(use, remembered) : remembered
  if (!hook) return
  const overdue = heldBackWhenOverdue(use, hook)
  const tried = await tryOnce(use, hook, row).finally(overdue.stop)
  const isHeldBack = await overdue.isHeldBack()
  if (tried === 'deleted') return
  if (tried === 'delivered') {
    if (isHeldBack || hook.down) await lookNow(use, hook)
    else if (hook.provenAt === undefined) await hooks.change(hook, (newest) => provenBy(newest, now()))
    return
  }
  const at = now()
  const down = await hooks.change(hook, (newest) => {
    if (newest.down && !isHeldBack && tried.failure.reason !== 'gone') return undefined
    const after = afterFailure(newest, tried.failure, at, use.random)
    return tried.isGivenUp ? afterGivingUp(after, at) : after
  })
  const wait = (down?.checkAt ?? Number.POSITIVE_INFINITY) - at
  if (wait > atOnceMs) return
  await new Promise<void>((resolve) => void use.timer(wait, resolve))
  await sendWaiting(use)(hook)
}

/**
 * Notes on the webhook that a new delivery waits. Resolves to the webhook if the cache was wrong and it is
 * not down: then the delivery need not wait.
 */
const backSince = async ({ hooks, now }: Needs, remembered: Hook): Promise<Hook | undefined> => {
  const prompted = await hooks.change(remembered, (newest) => promptedBy(newest, now()))
  const newest = prompted ?? (await hooks.find(remembered.id))
  return newest?.key === remembered.key && newest.state !== 'ended' && !newest.down ? newest : undefined
}

/** Sends the waiting deliveries at once, because the receiver answers. */
const lookNow = async (use: Needs, hook: Hook): Promise<void> => {
  await use.hooks.change(hook, (newest) => ({
    ...newest,
    ...provenBy(newest, use.now()),
    checkAt: use.now(),
  }))
  await sendWaiting(use)(hook)
}

/** Makes further deliveries wait while the response to this one is overdue. */
const heldBackWhenOverdue = ({ hooks, now, timer }: Needs, hook: Hook) => {
  let holding: Promise<Hook | undefined> | undefined
  const stop = timer(overdueMs, () => {
    holding = hooks.change(hook, (newest) => (newest.down ? undefined : whileOverdue(newest, now())))
    // The caller that awaits the promise handles its error.
    holding.catch(() => {})
  })
  return { stop, isHeldBack: async () => (await holding) !== undefined }
}
