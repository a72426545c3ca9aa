import type { Hook } from './hook.ts'
import type { Failure } from './outcome.ts'
import { delayWhenDown } from './schedule.ts'

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

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/**
 * What newly waits brings the next single try forward, but not closer to the last one than this: the longer nobody
 * has answered, the less a minute matters.
 */
const gapMs = ({ state }: Hook, downForMs: number): number =>
  state === 'failing' ? hourMs : Math.min(hourMs, Math.max(minuteMs, downForMs / 10))

/** An address that has never taken anything is wrong sooner than one that has: nobody waits three days to be told. */
const unprovenMs = hourMs

/** After it came back once more: what was told to wait by those who did not know yet. */
const followUpMs = 60_000

/** A single try, or a first one, failed. `gone` ends it. */
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

/** An answer is overdue: the clock looks only after it must have come. */
export const whileOverdue = (hook: Hook, now: number): Hook => ({
  ...hook,
  down: { since: now, tries: 0, triedAt: now, reason: 'timedOut' },
  checkAt: now + tryMs,
})

/** Something that waited was given up. */
export const afterGivingUp = (hook: Hook, now: number): Hook =>
  hook.state === 'active' ? { ...hook, state: 'failing', stateSince: now } : hook

/** Its address took something. Undefined: that is known. */
export const provenBy = (hook: Hook, now: number): Hook | undefined =>
  hook.provenAt === undefined ? { ...hook, provenAt: now } : undefined

/** Something was delivered while it was down: it is no more, as soon as what waited has followed. */
export const whileFollowing = (hook: Hook, now: number): Hook => ({
  ...hook,
  provenAt: hook.provenAt ?? now,
  ...(hook.state === 'failing' ? { state: 'active' as const, stateSince: now } : {}),
  ...(hook.down ? { down: { ...hook.down, since: now, tries: 0, triedAt: now } } : {}),
  checkAt: now + leaseMs,
})

/**
 * Nothing waits any more but what has its own time, `nextAt`. What has come to wait since that was looked for is
 * sent at once.
 */
export const afterRecovery = (hook: Hook, nextAt: number | undefined, now: number): Hook => {
  if (hook.down?.isPrompted) return { ...hook, checkAt: now }
  const next = hook.down ? Math.min(nextAt ?? Number.POSITIVE_INFINITY, now + followUpMs) : nextAt
  return { ...hook, down: undefined, checkAt: next }
}

/** Whoever looks after it first has it. Undefined: it is not due, or somebody else's. */
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

/** Something new waits. Undefined: the next try stays when it is. */
export const promptedBy = (hook: Hook, now: number): Hook | undefined => {
  const { down, state } = hook
  if (state === 'ended') return undefined
  if (!down) return hook.checkAt === undefined ? { ...hook, checkAt: now } : undefined
  const at = Math.max(now, down.triedAt + gapMs(hook, down.triedAt - down.since), down.notBefore ?? 0)
  if (down.isPrompted && hook.checkAt !== undefined && hook.checkAt <= at) return undefined
  return { ...hook, down: { ...down, isPrompted: true }, checkAt: Math.min(hook.checkAt ?? at, at) }
}
