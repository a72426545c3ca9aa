import type { Opened } from '../../debugging/power.ts'
import { isHeld, type Session } from '../../debugging/session.ts'
import type { Failure as ExplainedFailure } from '../../logs/failure.ts'
import type { ModuleLogs } from '../../logs/listings/store.ts'
import type { LeftOut, Run } from '../run.ts'
import type { Outcome, Phase, Wait } from './phases.ts'
import { type Picked, pickLogs } from './pick.ts'

/**
 * What a run does next, by its phase, in one table. Pure; times are epoch ms. A step either writes the run,
 * or names an effect whose result is a fact for the next step. The id of a command to a dock is written
 * before the command is sent, so that after an interruption nothing is requested twice.
 */

export type Facts = {
  now: number
  newId: (now: number) => string
  collection: 'on' | 'disabled' | 'gone'
  /** The dock is registered, and the collection includes it. */
  isOfCollection: boolean
  obstacle: 'dockAway' | 'dockBusy' | 'flight' | undefined
  /** No aircraft is known to be switched on. */
  isAircraftOff: boolean
  hasTurn: boolean
  /** The debug mode in which this run holds the dock. */
  power: Pick<Session, 'phase' | 'until'> | undefined
  listing:
    | {
        state: 'requested' | 'received' | 'failed' | 'timedOut'
        deadlineAt: number
        failure: ExplainedFailure | undefined
        failures: Readonly<Partial<Record<'aircraft' | 'dock', ExplainedFailure>>>
        /** The dock says that the aircraft has to be switched on first. */
        isAircraftAsleep: boolean
        listed: readonly ModuleLogs[]
      }
    | undefined
  /** The newest upload of the series that collects the logs; undefined: there is none yet. */
  upload: { isOver: boolean; outcome: Outcome; failure: ExplainedFailure | undefined } | undefined
  /** Results of the effects in the current step. */
  done: {
    turn?: 'taken' | 'full'
    opened?: Opened
    renewed?: true
    asked?: 'asked' | 'notSent'
    begun?: 'begun' | 'busy' | 'unfit' | { tooLong: readonly Picked[] }
    released?: true
    freed?: true
  }
}

export type Effect = 'takeTurn' | 'openPower' | 'renewPower' | 'ask' | 'begin' | 'releaseDock' | 'freeRow'
/** `again`: the next step follows at once. `none`: there is nothing to do now. */
export type Step = { do: Effect } | { write: Run; again: boolean } | 'none'

const minutes = 60_000

/** Milliseconds after which the sweep checks the run, in case the event that should have come was lost. */
const checkAfterMs = {
  dockBusy: 2 * minutes,
  flight: 2 * minutes,
  dockAway: 15 * minutes,
  waking: minutes,
  listing: 30_000,
  askAgain: minutes,
  uploading: 10 * minutes,
  closing: minutes,
} as const
const maxAsks = 3
/** A lease is renewed when it has less than this left. */
const renewMs = 60 * minutes
/**
 * If the debug mode is not closed by then, an alarm has called an operator, and another run may have the
 * turn.
 */
const closesWithinMs = 20 * minutes

export const nextStep = (run: Run, facts: Facts): Step => transitions[run.phase](run, facts)

const transitions: Record<Phase, (run: Run, facts: Facts) => Step> = {
  waiting: (run, facts) => {
    const { now, done } = facts
    if (facts.collection !== 'on') return close(run, facts, 'stopped')
    if (!facts.isOfCollection) return close(run, facts, 'notOfCollection')
    if (now >= run.finishBy) return close(run, facts, 'notInTime')
    const { to = now } = run.span ?? {}
    if (now < to) return waitFor(run, facts, 'time', to)
    const { obstacle } = facts
    if (obstacle) return waitFor(run, facts, obstacle, now + checkAfterMs[obstacle])
    if (done.turn === 'full') return waitFor(run, facts, 'turn', placeInQueue(run))
    if (done.turn !== 'taken') return { do: 'takeTurn' }
    return enter(run, facts, needsWaking(run, facts) ? 'waking' : 'listing')
  },

  waking: (run, facts) => {
    const { now, power, done } = facts
    if (now >= run.finishBy) return close(run, facts, 'notInTime')
    const woken = { ...run, woken: true, updatedAt: now, checkAt: now + checkAfterMs.waking }
    if (power?.phase === 'on') return enter(woken, facts, 'listing')
    if (power && power.phase !== 'off' && power.phase !== 'stuck')
      return run.woken ? checkWithin(run, facts, checkAfterMs.waking) : { write: woken, again: false }
    // The debug mode was opened by this run, and has ended: the aircraft could not be switched on. A debug
    // mode from before the run last waited does not count, since `woken` is cleared then.
    if (run.woken) return withoutAircraft(run, facts)
    if (done.opened === undefined) return { do: 'openPower' }
    if (done.opened === 'begun') return { write: woken, again: false }
    return backToWaiting(run, facts, done.opened === 'offline' ? 'dockAway' : 'dockBusy')
  },

  listing: (run, facts) => {
    const { now, listing, done } = facts
    if (now >= run.finishBy) return close(run, facts, 'notInTime')
    if (isToRenew(run, facts)) return { do: 'renewPower' }
    if (!run.listing) return requestListing(run, facts, 1, now)
    if (now < run.listing.notBefore) return checkAtLatest(run, facts, run.listing.notBefore)
    if (!listing) {
      if (done.asked === undefined) return { do: 'ask' }
      return checkWithin(run, facts, checkAfterMs.listing)
    }
    if (listing.state === 'requested')
      return checkAtLatest(run, facts, Math.max(listing.deadlineAt, now + 1000))
    if (listing.state === 'received') return choose(run, facts, listing)
    if (run.listing.asks < maxAsks)
      return requestListing(run, facts, run.listing.asks + 1, now + checkAfterMs.askAgain)
    return close({ ...run, failure: listing.failure }, facts, 'failed')
  },

  uploading: (run, facts) => {
    const { now, upload, done } = facts
    if (isToRenew(run, facts)) return { do: 'renewPower' }
    if (upload?.isOver) return close({ ...run, failure: upload.failure }, facts, upload.outcome)
    if (upload) return checkWithin(run, facts, checkAfterMs.uploading)
    if (now >= run.finishBy) return close({ ...run, uploadId: undefined }, facts, 'notInTime')
    const { begun } = done
    if (begun === undefined) return { do: 'begin' }
    if (begun === 'begun') return checkWithin(run, facts, checkAfterMs.uploading)
    const reset = { ...run, uploadId: undefined, listing: undefined, picked: undefined }
    if (begun === 'busy') return backToWaiting(reset, facts, 'dockBusy')
    if (begun === 'unfit') return enter(reset, facts, 'listing')
    return beginWithLess(run, facts, begun.tooLong)
  },

  closing: (run, facts) => {
    const { power, done, now } = facts
    const isPowered = power !== undefined && power.phase !== 'off' && power.phase !== 'stuck'
    if (isPowered && !done.released && isHeld(power)) return { do: 'releaseDock' }
    if (isPowered && now < run.since + closesWithinMs) return checkWithin(run, facts, checkAfterMs.closing)
    if (!done.freed) return { do: 'freeRow' }
    return {
      write: { ...run, phase: 'ended', since: now, endedAt: now, updatedAt: now, checkAt: undefined },
      again: false,
    }
  },

  ended: () => 'none',
}

const needsWaking = ({ wakeAircraft, logs }: Run, { isAircraftOff }: Facts): boolean =>
  wakeAircraft && logs.modules.includes('aircraft') && isAircraftOff

const enter = (run: Run, { now }: Facts, phase: Phase): Step => ({
  write: { ...run, phase, since: now, updatedAt: now, waitingFor: undefined, checkAt: now },
  again: true,
})

/** `waitingFor` is kept, since it may be the reason for the outcome. */
const close = (run: Run, { now }: Facts, outcome: Outcome): Step => ({
  write: { ...run, phase: 'closing', since: now, updatedAt: now, outcome, checkAt: now },
  again: true,
})

const checkAtLatest = (run: Run, { now }: Facts, at: number): Step => {
  const checkAt = Math.min(at, Math.max(run.finishBy, now + checkAfterMs.closing))
  // An event came before the sweep had to check.
  if (run.checkAt !== undefined && run.checkAt > now && run.checkAt <= checkAt) return 'none'
  return { write: { ...run, checkAt }, again: false }
}
const checkWithin = (run: Run, facts: Facts, afterMs: number): Step =>
  checkAtLatest(run, facts, facts.now + afterMs)

/** The oldest run gets the next turn: the index `due` sorts runs that wait for one by this. */
const placeInQueue = ({ createdAt }: Run): number => createdAt

/**
 * A waiting run gives back its turn and closes the debug mode, so that other runs get the turn and the dock
 * can fly.
 */
const waitFor = (run: Run, facts: Facts, wait: Wait, until: number): Step => {
  const { power, hasTurn, done, now } = facts
  if (!done.released && (hasTurn || (power && isHeld(power)))) return { do: 'releaseDock' }
  const checkAt = wait === 'turn' ? until : Math.min(until, run.finishBy)
  if (run.waitingFor === wait && run.checkAt !== undefined && run.checkAt > now) return 'none'
  return { write: { ...run, waitingFor: wait, updatedAt: now, checkAt }, again: false }
}

const backToWaiting = (run: Run, { now }: Facts, waitingFor: Wait): Step => ({
  write: { ...run, phase: 'waiting', since: now, updatedAt: now, checkAt: now, waitingFor, woken: undefined },
  again: true,
})

const requestListing = (run: Run, { now, newId }: Facts, asks: number, notBefore: number): Step => ({
  write: { ...run, listing: { id: newId(now), asks, notBefore }, updatedAt: now, checkAt: notBefore },
  again: notBefore <= now,
})

/** Collects the dock's own logs without the aircraft's. */
const withoutAircraft = (run: Run, facts: Facts): Step => {
  const leftOut: LeftOut[] = [...others(run, 'aircraft'), { module: 'aircraft', why: 'aircraftOff' }]
  const woken = { ...run, woken: true, leftOut }
  if (run.logs.modules.includes('dock')) return enter(woken, facts, 'listing')
  return close({ ...woken, failure: notWoken }, facts, 'failed')
}

const notWoken: ExplainedFailure = {
  code: 'aircraftOff',
  reason: 'The aircraft could not be switched on.',
  advice: 'The debug mode of the dock says why; switch the aircraft on by hand, then run the collection.',
  retryable: true,
}

const others = ({ leftOut }: Run, module: 'aircraft' | 'dock'): LeftOut[] =>
  leftOut.filter((one) => one.module !== module)

const choose = (run: Run, facts: Facts, listing: NonNullable<Facts['listing']>): Step => {
  const { failures, listed } = listing
  if (listing.isAircraftAsleep && run.wakeAircraft && !run.woken)
    return enter({ ...run, listing: undefined }, facts, 'waking')
  const { picked, leftOut } = pickLogs(run.logs, run.span, listed)
  const known = run.leftOut.filter(({ why }) => why === 'aircraftOff')
  const all: LeftOut[] = [
    ...known,
    ...leftOut
      .filter(({ module }) => !known.some((one) => one.module === module))
      .map(
        (one): LeftOut => ({ ...one, failure: one.why === 'notListed' ? failures[one.module] : undefined }),
      ),
  ]
  const chosen = { ...run, leftOut: all }
  if (picked.length > 0)
    return enter({ ...chosen, picked, uploadId: facts.newId(facts.now) }, facts, 'uploading')
  const failure = all.map((one) => one.failure).find((one) => one !== undefined)
  return close({ ...chosen, failure }, facts, all.every(({ why }) => why === 'noLogs') ? 'nothing' : 'failed')
}

const countOf = (picked: readonly Picked[] = [], module: 'aircraft' | 'dock'): number =>
  picked.find((one) => one.module === module)?.bootIndexes.length ?? 0

const beginWithLess = (run: Run, facts: Facts, fitting: readonly Picked[]): Step => {
  const tooLong = run.logs.modules.flatMap((module): LeftOut[] => {
    const logs = countOf(run.picked, module) - countOf(fitting, module)
    return logs > 0 ? [{ module, why: 'tooLong', logs }] : []
  })
  const less = { ...run, leftOut: [...run.leftOut, ...tooLong], failure: wouldTakeTooLong }
  if (fitting.length === 0 || tooLong.length === 0)
    return close({ ...less, uploadId: undefined }, facts, 'failed')
  return enter({ ...less, picked: [...fitting], failure: undefined }, facts, 'uploading')
}

const wouldTakeTooLong: ExplainedFailure = {
  code: 'tooLong',
  reason: 'At the dock’s upload rate not even the first log would arrive in time.',
  advice: 'Give the collection more time, or see the option longUploads.',
  retryable: false,
}

const isToRenew = ({ finishBy }: Run, { power, now, done }: Facts): boolean =>
  power !== undefined && isHeld(power) && !done.renewed && power.until < Math.min(now + renewMs, finishBy)
