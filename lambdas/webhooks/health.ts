import type { Hook } from './hook.ts'
import type { Failure } from './outcome.ts'
import { delayWhenDown } from './schedule.ts'

/**
 * The health of a webhook, from the outcomes of its deliveries. Pure. After a failure the webhook is *down*:
 * deliveries wait, and single tries are made until one succeeds. So a dead receiver costs little and delays
 * nobody.
 */

/** The lease on a webhook that is being worked on; it is renewed before it ends. */
export const leaseMs = 60_000

/** If a response takes longer than this, further deliveries wait until it is there. */
export const overdueMs = 3_000

/** After this a try has ended and its outcome is recorded, or its sender has crashed. */
const longestTryMs = 25_000

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/**
 * A new event brings the next single try forward, but not closer to the last try than this. The gap grows
 * with the time the receiver has been down.
 */
const gapMs = ({ state }: Hook, downForMs: number): number =>
  state === 'failing' ? hourMs : Math.min(hourMs, Math.max(minuteMs, downForMs / 10))

/** A receiver that has never accepted anything counts as failing after this, rather than after three days. */
const unprovenMs = hourMs

/**
 * How long after a recovery it is checked again, for deliveries that were queued by senders who did not know
 * yet.
 */
const followUpMs = 60_000

/** After a failed single or first try. `gone` ends the webhook. */
export const afterFailure = (hook: Hook, failure: Failure, now: number, random = Math.random): Hook => {
  if (failure.reason === 'gone')
    return { ...hook, state: 'ended', stateSince: now, down: undefined, checkAt: now }
  const { since = now, tries = 0, isPrompted, wasPrompted } = hook.down ?? {}
  const { reason, status, retryAfterMs } = failure
  const usual = delayWhenDown(now - since, { retryAfterMs, random })
  const delay =
    isPrompted || wasPrompted ? Math.min(usual, Math.max(gapMs(hook, now - since), retryAfterMs ?? 0)) : usual
  const isWrong = hook.provenAt === undefined && now - since >= unprovenMs
  return {
    ...(isWrong ? afterGivingUp(hook, now) : hook),
    down: {
      since,
      tries: tries + 1,
      triedAt: now,
      reason,
      isPrompted,
      ...(status === undefined ? {} : { status }),
      ...(reason === 'busy' ? { isBusy: true } : {}),
      ...(retryAfterMs === undefined ? {} : { notBefore: now + retryAfterMs }),
    },
    checkAt: now + delay,
  }
}

/** While a response is overdue: the sweep checks only after the try must have ended. */
export const whileOverdue = (hook: Hook, now: number): Hook => ({
  ...hook,
  down: { since: now, tries: 0, triedAt: now, reason: 'timedOut' },
  checkAt: now + longestTryMs,
})

/** After a waiting delivery was given up. */
export const afterGivingUp = (hook: Hook, now: number): Hook =>
  hook.state === 'active' ? { ...hook, state: 'failing', stateSince: now } : hook

/** After the receiver's first success. Undefined: that is known already. */
export const provenBy = (hook: Hook, now: number): Hook | undefined =>
  hook.provenAt === undefined ? { ...hook, provenAt: now } : undefined

/** After a success while the webhook was down: it recovers once the waiting deliveries have been sent. */
export const whileFollowing = (hook: Hook, now: number): Hook => ({
  ...hook,
  provenAt: hook.provenAt ?? now,
  ...(hook.state === 'failing' ? { state: 'active' as const, stateSince: now } : {}),
  ...(hook.down ? { down: { ...hook.down, since: now, tries: 0, triedAt: now } } : {}),
  checkAt: now + leaseMs,
})

/**
 * Nothing is waiting except deliveries with a later time of their own, the first at `nextAt`. If another has
 * been queued meanwhile, the webhook is due at once.
 */
export const afterRecovery = (hook: Hook, nextAt: number | undefined, now: number): Hook => {
  if (hook.down?.isPrompted) return { ...hook, checkAt: now }
  const next = hook.down ? Math.min(nextAt ?? Number.POSITIVE_INFINITY, now + followUpMs) : nextAt
  return { ...hook, down: undefined, checkAt: next }
}

/** Takes the lease of a due webhook. Undefined: it is not due, or another instance has the lease. */
export const claimed = (hook: Hook, now: number): Hook | undefined =>
  hook.checkAt === undefined || hook.checkAt > now
    ? undefined
    : {
        ...hook,
        ...(hook.down
          ? { down: { ...hook.down, isPrompted: undefined, wasPrompted: hook.down.isPrompted } }
          : {}),
        checkAt: now + leaseMs,
      }

/** After a new delivery was queued: brings the next try forward. Undefined: its time stays. */
export const promptedBy = (hook: Hook, now: number): Hook | undefined => {
  const { down, state } = hook
  if (state === 'ended') return undefined
  if (!down) return hook.checkAt === undefined ? { ...hook, checkAt: now } : undefined
  const at = Math.max(now, down.triedAt + gapMs(hook, down.triedAt - down.since), down.notBefore ?? 0)
  if (down.isPrompted && hook.checkAt !== undefined && hook.checkAt <= at) return undefined
  return { ...hook, down: { ...down, isPrompted: true }, checkAt: Math.min(hook.checkAt ?? at, at) }
}
