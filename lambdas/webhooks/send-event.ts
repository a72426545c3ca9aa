import type { Timer } from '../sweeps/on-clock.ts'
import type { ReceivedEvent } from './delivery.ts'
import { afterFailure, afterGivingUp, overdueMs, promptedBy, provenBy, whileOverdue } from './health.ts'
import type { Hook } from './hook.ts'
import { lookAfter } from './look-after.ts'
import { testType, wants } from './matching.ts'
import { type SendingNeeds, tryOnce } from './try-once.ts'

type Needs = SendingNeeds & {
  /** All webhooks, as of some seconds ago. */
  remembered: () => Promise<Hook[]>
  timer: Timer
}

/** The second try, seconds after the first, is made at once; all later ones are the clock's. */
const atOnceMs = 6_000

/**
 * Sends an event to all webhooks that want it, at the same time: none waits for another. Safe to repeat: what is
 * written down once is sent by whoever wrote it, or by the clock.
 * @throws the first error, once all have been tried
 */
export const sendEvent =
  (use: Needs) =>
  async (event: ReceivedEvent): Promise<void> => {
    const hooks = (await use.remembered()).filter((hook) => wants(hook, event))
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
  if (tried === 'gone') return
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
  await lookAfter(use)(hook)
}

/**
 * Tells the webhook that something new waits. Resolves to the webhook if it is down no more, as which it was
 * remembered: then nothing has to wait.
 */
const backSince = async ({ hooks, now }: Needs, remembered: Hook): Promise<Hook | undefined> => {
  const prompted = await hooks.change(remembered, (newest) => promptedBy(newest, now()))
  const newest = prompted ?? (await hooks.find(remembered.id))
  return newest?.key === remembered.key && newest.state !== 'ended' && !newest.down ? newest : undefined
}

/** What waits follows at once, since it answers. */
const lookNow = async (use: Needs, hook: Hook): Promise<void> => {
  await use.hooks.change(hook, (newest) => ({
    ...newest,
    ...provenBy(newest, use.now()),
    checkAt: use.now(),
  }))
  await lookAfter(use)(hook)
}

/** Holds back what comes after a delivery while its answer is overdue. */
const heldBackWhenOverdue = ({ hooks, now, timer }: Needs, hook: Hook) => {
  let holding: Promise<Hook | undefined> | undefined
  const stop = timer(overdueMs, () => {
    holding = hooks.change(hook, (newest) => (newest.down ? undefined : whileOverdue(newest, now())))
    // Whoever waits for it sees it.
    holding.catch(() => {})
  })
  return { stop, isHeldBack: async () => (await holding) !== undefined }
}
