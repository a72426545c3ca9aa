import type { Hook } from './hook.ts'
import type { Failure } from './outcome.ts'
import { delayAfter } from './schedule.ts'

/**
 * What becomes of a webhook by what comes of its deliveries. Pure. After a failure it is *down*: what is to be sent
 * waits, and single tries are made, until one succeeds. So one that is dead costs little and holds up nobody.
 */

/** Whoever looks after a webhook has it for so long, and says so again before that ends. */
export const leaseMs = 60_000

/** An answer that takes longer holds back what comes after it, until it is there. */
export const overdueMs = 3_000

/** The longest that a try may take, and what follows it. */
const tryMs = 25_000

/** What newly waits brings the next single try forward, but not closer to the last one than this. */
const gapMs = { active: 60_000, failing: 60 * 60_000 } as const

/** After it came back once more: what was told to wait by those who did not know yet. */
const followUpMs = 60_000

/** A single try, or a first one, failed. `gone` ends it. */
export const afterFailure = (hook: Hook, failure: Failure, now: number, random = Math.random): Hook => {
  if (failure.reason === 'gone')
    return { ...hook, state: 'ended', stateSince: now, down: undefined, checkAt: now }
  const { since = now, tries = 0 } = hook.down ?? {}
  const { reason, status, retryAfterMs } = failure
  return {
    ...hook,
    down: {
      ...{ since, tries: tries + 1, triedAt: now, reason },
      ...(status === undefined ? {} : { status }),
      ...(reason === 'busy' ? { isBusy: true } : {}),
      ...(retryAfterMs === undefined ? {} : { notBefore: now + retryAfterMs }),
    },
    checkAt: now + delayAfter(tries + 1, { retryAfterMs, random }),
  }
}

/** An answer is overdue: the clock looks only after it must have come. */
export const whileOverdue = (hook: Hook, now: number): Hook => ({
  ...hook,
  down: { since: now, tries: 0, triedAt: now, reason: 'timedOut' },
  checkAt: now + tryMs,
})

/** Something that waited was given up. */
export const afterGivingUp = (hook: Hook, now: number): Hook =>
  hook.state === 'active' ? { ...hook, state: 'failing', stateSince: now } : hook

/** Something was delivered while it was down: it is no more, as soon as what waited has followed. */
export const whileFollowing = (hook: Hook, now: number): Hook => ({
  ...hook,
  ...(hook.state === 'failing' ? { state: 'active' as const, stateSince: now } : {}),
  ...(hook.down ? { down: { ...hook.down, tries: 0, triedAt: now } } : {}),
  checkAt: now + leaseMs,
})

/** Nothing waits any more but what has its own time, `nextAt`. */
export const afterRecovery = (hook: Hook, nextAt: number | undefined, now: number): Hook => {
  const next = hook.down ? Math.min(nextAt ?? Number.POSITIVE_INFINITY, now + followUpMs) : nextAt
  return { ...hook, down: undefined, checkAt: next }
}

/** Whoever looks after it first has it. Undefined: it is not due, or somebody else's. */
export const claimed = (hook: Hook, now: number): Hook | undefined =>
  hook.checkAt === undefined || hook.checkAt > now ? undefined : { ...hook, checkAt: now + leaseMs }

/** Something new waits. Undefined: the next try stays when it is. */
export const promptedBy = (hook: Hook, now: number): Hook | undefined => {
  const { down, state } = hook
  if (!down) return hook.checkAt === undefined ? { ...hook, checkAt: now } : undefined
  if (state === 'ended' || now < down.triedAt + gapMs[state] || now < (down.notBefore ?? 0)) return undefined
  return hook.checkAt !== undefined && hook.checkAt <= now ? undefined : { ...hook, checkAt: now }
}
