import { meaningOf } from '../../protocols/huawei-ota/meaning.ts'
import type { Attempt } from './attempt.ts'
import {
  type Delivery,
  type Drive,
  drivenBy,
  driveOf,
  failuresSince,
  lostAt,
  maxDeliveriesTo,
} from './driving.ts'
import { type Heard, heardUntil, later } from './heard.ts'
import { type Moment, type OfferRefusal, percentOf, timeOf, type UpgradeRegisters } from './registers.ts'
import type { UpgradeState } from './upgrade-states.ts'

/**
 * What a device's registers mean at a given time. Pure: the same facts give the same state, in whatever order
 * they arrive. `docs/adr/0021` has the reasons: a report of the target version is a claim, and success is a
 * claim that has been proved.
 */

export type { Attempt, Package } from './attempt.ts'

/**
 * `ask`: the sweep asks the device for its version, because a deadline has passed. `prove`: the sweep records
 * that a claim has stood for the proof period, plus the time a device has to answer a question.
 */
export type Step = Ask | { do: 'prove'; since: Moment }

/**
 * `n`: the number of questions so far, counting this one; only for driven attempts. `untilSilence`: the
 * broker keeps the question for an absent device until the attempt times out.
 */
export type Ask = { do: 'ask'; n?: number; untilSilence?: true }

export type UpgradeStatus = {
  /** Undefined: nobody requested an upgrade, and the device has reported none. */
  state?: UpgradeState
  /**
   * How we know about the target version. `claimed`: the device reports success, but the target is unknown;
   * `matched`: it reported the target; `confirmed`: a version report confirmed the target. An attempt that is
   * `upgrading` with `matched` is under proof.
   */
  evidence?: 'claimed' | 'matched' | 'confirmed'
  /**
   * Confirmed, but nothing shows an installation: the device already ran the target when it was first heard.
   */
  alreadyRunning?: true
  /** The vendor's result code of a failure. */
  failureCode?: number
  /** Why the attempt failed, where the device did not report the failure itself. */
  failureReason?: OfferRefusal | 'neverHeard' | 'notInstalled'
  /** What a driven attempt waits for. */
  drive?: Drive
  /**
   * When silence ends the attempt, unless something else ends it first. We ask the device at that time, and
   * allow it `answerMs` more to answer.
   */
  silentAt?: number
  /**
   * When a claim becomes a success, unless a report contradicts it or an answer confirms it first. We ask the
   * device at that time, and allow it `answerMs` more to answer.
   */
  provesAt?: number
  /** When the sweep has to look at the attempt, if ever. */
  checkAt?: number
  /** What the sweep has to do then. */
  step?: Step
}

/** The proof period where the request sets none. */
export const defaultProveSeconds = 900

/**
 * How long we wait for the answer to a version query before silence ends an attempt, or a claim becomes a
 * success.
 */
export const answerMs = 60_000

export const upgradeStatus = (
  attempt: Attempt | undefined,
  registers: UpgradeRegisters,
  now: number,
): UpgradeStatus => {
  if (!attempt) return statusOfReport(registers)
  const { closed } = registers
  // An attempt that ended before it was closed keeps its end, even if the report of that end arrives later.
  if (closed && isOpenState(judge(attempt, registers, closed.at, closed.at))) return { state: 'closed' }
  return judge(attempt, registers, now)
}

export const isOpenState = ({ state }: Pick<UpgradeStatus, 'state'>): boolean =>
  state === 'pending' || state === 'upgrading'

/** The version in the newest report or answer. */
export const runningVersion = (
  registers: UpgradeRegisters,
  attempt: Attempt | undefined,
): string | undefined => {
  const [report, answer] = [registers.reported, registers[attempt?.package ?? 'firmware']]
  if (!report || !answer) return (report ?? answer)?.version
  return report.order > answer.order ? report.version : answer.version
}

/**
 * The newest evidence for the target and the newest evidence against it decide. `until`: only what was
 * received up to then counts.
 */
const judge = (
  attempt: Attempt,
  registers: UpgradeRegisters,
  now: number,
  until = Number.POSITIVE_INFINITY,
): UpgradeStatus => {
  const heard = heardUntil(attempt, registers, until)
  const { lastMatch, lastConfirm, lastFailure, lastLost, lastOther } = heard
  const against = [lastFailure, lastLost, lastOther].reduce(later)
  // At the same moment, where the order is unknown, a version report outweighs the version in a progress
  // report.
  if (lastConfirm > failureAgainst(later(lastFailure, lastLost), attempt, heard) && lastConfirm >= lastOther)
    return confirmed(attempt, registers, heard)
  if (lastMatch > against) return underProof(attempt, heard, against, now)
  const claim = later(lastMatch, lastConfirm)
  const isProved = claimWasProved(heard, against)
  const delivery =
    attempt.packageId === undefined
      ? undefined
      : drivenBy(attempt, registers, heard, { claim, wasProved: isProved })
  const code =
    failureSince(registers, heard, delivery ? later(claim, failuresSince(delivery)) : claim) ??
    (delivery && isLastLoss(delivery, isProved, now) ? registers.lost?.code : undefined)
  const failure = code === undefined ? {} : { failureCode: code }
  if (lastOther && lastOther >= claim && isProved) return { state: 'rolledBack', ...failure }
  if (code !== undefined) return { state: 'failed', failureCode: code }
  if (!delivery) return waiting(attempt, heard, now)
  if (heard.refused) return { state: 'failed', failureReason: heard.refused }
  if (delivery.isOfDock && delivery.hasPackage && heard.lastOther > heard.latest)
    return { state: 'failed', failureReason: 'notInstalled' }
  return driven(attempt, registers, heard, { delivery, now })
}

/** Whether a failure that another offer could mend was that of the last offer. */
const isLastLoss = (delivery: Delivery, isProved: boolean, now: number): boolean =>
  delivery.lost !== '' &&
  (delivery.deliveries >= maxDeliveriesTo(delivery) || isProved) &&
  now >= lostAt(delivery)

/**
 * The failure that a version answer must be newer than. In a driven attempt, only one after the newest offer.
 */
const failureAgainst = (failure: Moment, { packageId }: Attempt, { offered }: Heard): Moment =>
  packageId === undefined || (offered && failure > offered) ? failure : ''

const confirmed = ({ target }: Attempt, { ran }: UpgradeRegisters, heard: Heard): UpgradeStatus => {
  const { latest, firstMatch, firstFailure, lastOther, firstConfirm, offered } = heard
  const wasInstalled =
    [latest, firstMatch, firstFailure, lastOther, offered].some(
      (moment) => moment && moment < firstConfirm,
    ) ||
    (ran !== undefined && ran.version !== target)
  return { state: 'succeeded', evidence: 'confirmed', ...(wasInstalled ? {} : { alreadyRunning: true }) }
}

/**
 * A claim that nothing newer contradicts. If something older does, the proof period begins with the newest
 * claim.
 */
const underProof = (
  { proveSeconds }: Attempt,
  { firstMatch, lastMatch, proved, askedAt }: Heard,
  against: Moment,
  now: number,
): UpgradeStatus => {
  if (proved && proved.since > against) return { state: 'succeeded', evidence: 'matched' }
  const since = firstMatch > against ? firstMatch : lastMatch
  const provesAt = timeOf(since) + proveSeconds * 1000
  const isAsked = askedAt >= provesAt
  const checkAt = isAsked ? askedAt + answerMs : provesAt
  const step: Step = isAsked ? { do: 'prove', since } : { do: 'ask' }
  return { state: 'upgrading', evidence: 'matched', provesAt, checkAt, ...(now >= checkAt ? { step } : {}) }
}

/** Whether a claim was confirmed, or stood for the proof period before anything contradicted it. */
const claimWasProved = ({ firstConfirm, proved }: Heard, against: Moment): boolean =>
  firstConfirm !== '' || (proved !== undefined && !proved.void && timeOf(against) > proved.at)

/** The code of the earliest failure after `since`, if that is still kept, otherwise of the newest. */
const failureSince = (
  { failed, refailed }: UpgradeRegisters,
  { firstFailure, lastFailure }: Heard,
  since: Moment,
): number | undefined => {
  if (!lastFailure || lastFailure < since) return undefined
  return firstFailure >= since ? failed?.code : refailed?.code
}

/**
 * No evidence decides yet: only silence can end the attempt. After a contradicted claim we ask once more when
 * its proof period is over.
 */
const waiting = (
  { openedAt, timeoutSeconds, proveSeconds }: Attempt,
  { latest, offered, lastMatch, askedAt }: Heard,
  now: number,
): UpgradeStatus => {
  const newest = later(latest, offered)
  const silentAt = (newest ? timeOf(newest) : openedAt) + timeoutSeconds * 1000
  const isAsked = askedAt >= silentAt
  if (isAsked && now >= askedAt + answerMs) return { state: 'timedOut' }
  const claimOver = lastMatch ? timeOf(lastMatch) + proveSeconds * 1000 : 0
  const nextQuestion = askedAt < claimOver ? Math.min(claimOver, silentAt) : silentAt
  const checkAt = isAsked ? askedAt + answerMs : nextQuestion
  const step: Step = { do: 'ask' }
  return {
    state: latest ? 'upgrading' : 'pending',
    silentAt,
    checkAt,
    ...(!isAsked && now >= checkAt ? { step } : {}),
  }
}

/** No evidence decides yet. In a driven attempt we also ask for the version, which an offer needs. */
const driven = (
  attempt: Attempt,
  registers: UpgradeRegisters,
  heard: Heard,
  { delivery, now }: { delivery: Delivery; now: number },
): UpgradeStatus => {
  const { step, ...status } = waiting(attempt, heard, now)
  if (status.state === 'timedOut') return silenced(registers, delivery)
  const { question, ...drive } = driveOf(delivery, now)
  const checkAt = Math.min(
    status.checkAt ?? Number.POSITIVE_INFINITY,
    question?.at ?? Number.POSITIVE_INFINITY,
  )
  const isAsked = step !== undefined || (question !== undefined && now >= question.at)
  const untilSilence = step === undefined && question?.isLast ? { untilSilence: true as const } : {}
  const ask: Step = { do: 'ask', n: heard.questions + 1, ...untilSilence }
  const state = delivery.deliveries > 0 ? 'upgrading' : 'pending'
  return { ...status, state, drive, checkAt, ...(isAsked ? { step: ask } : {}) }
}

/** How silence ends a driven attempt. */
const silenced = ({ lost }: UpgradeRegisters, delivery: Delivery): UpgradeStatus => {
  if (delivery.lost && lost) return { state: 'failed', failureCode: lost.code }
  const isHeard = delivery.latest !== '' || delivery.versionAt !== undefined
  return { state: 'timedOut', ...(isHeard ? {} : { failureReason: 'neverHeard' }) }
}

/** Without an attempt, the newest report alone gives the state. */
const statusOfReport = ({ latest }: UpgradeRegisters): UpgradeStatus => {
  if (!latest) return {}
  const { code = 0 } = latest
  const percent = percentOf(latest)
  const report = percent === undefined ? { resultCode: code } : { resultCode: code, percent }
  const meaning = meaningOf(report, undefined)
  if (meaning.state === 'succeeded') return { state: 'succeeded', evidence: 'claimed' }
  if (meaning.state === 'failed') return { state: 'failed', failureCode: code }
  return { state: 'upgrading' }
}
