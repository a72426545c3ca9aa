import type { UpgradeReport } from '../../protocols/huawei-ota/facts.ts'
import { meaningOf } from '../../protocols/huawei-ota/meaning.ts'
import type { Attempt } from './attempt.ts'
import {
  type Drive,
  drivenBy,
  driveOf,
  failuresSince,
  type Known,
  lostAt,
  mostDeliveriesTo,
} from './driving.ts'
import { type Heard, heardUntil, later } from './heard.ts'
import { type Moment, type OfferRefusal, percentOf, timeOf, type UpgradeRegisters } from './registers.ts'
import type { UpgradeState } from './upgrade-states.ts'

/**
 * What a device's registers mean at a given time. Pure: the same facts give the same state, in whatever order
 * they came. `docs/adr/0021` has the reasons: a report of the target version is a claim, and success is a
 * claim that was proved.
 */

export type { Attempt, Package } from './attempt.ts'

/**
 * `ask`: the sweep asks the device what it runs, since a time has passed; `prove`: it writes down that a
 * claim has stood for the time of proof, and for an answer's time after we asked.
 */
export type Step = Ask | { do: 'prove'; since: Moment }

/**
 * `n`: of an attempt that we drive, how often we have asked then; `untilSilence`: the broker keeps the
 * question for a device that is away, for as long as the attempt waits.
 */
export type Ask = { do: 'ask'; n?: number; untilSilence?: true }

export type UpgradeStatus = {
  /** Undefined: nobody asked for an upgrade and the device told of none. */
  state?: UpgradeState
  /**
   * How we know of the target version: the device says so and nobody knows the target, it reported the
   * target, a version report confirmed that. An attempt that is `upgrading` with `matched` is under proof.
   */
  evidence?: 'claimed' | 'matched' | 'confirmed'
  /**
   * Confirmed, and nothing shows that anything was installed: the device ran the target when it was first
   * heard.
   */
  alreadyRunning?: true
  /** The vendor's result code, of a failure. */
  failureCode?: number
  /** Of a failure that the device did not report. */
  failureReason?: OfferRefusal | 'neverHeard' | 'notInstalled'
  /** Of an attempt that we drive and that waits. */
  drive?: Drive
  /** When silence ends the attempt, if nothing else does first; an answer's time more, since we ask then. */
  silentAt?: number
  /**
   * When a claim is believed, if nothing contradicts it and no answer confirms it first; an answer's time
   * more, too.
   */
  provesAt?: number
  /** When the sweep has to look, if ever. */
  checkAt?: number
  /** What the sweep has to do then. */
  step?: Step
}

/** The time of proof where the operator does not say. */
export const defaultProveSeconds = 900

/** How long an answer to a version query is waited for before silence or a claim is taken for the truth. */
export const answerMs = 60_000

export const upgradeStatus = (
  attempt: Attempt | undefined,
  registers: UpgradeRegisters,
  now: number,
): UpgradeStatus => {
  if (!attempt) return claimed(registers)
  const { closed } = registers
  // What had ended before it was closed keeps its end, also where that becomes known later.
  if (closed && isOpenState(judge(attempt, registers, closed.at, closed.at))) return { state: 'closed' }
  return judge(attempt, registers, now)
}

export const isOpenState = ({ state }: Pick<UpgradeStatus, 'state'>): boolean =>
  state === 'pending' || state === 'upgrading'

/** The newest word on what runs, of a report or an answer. */
export const runningVersion = (
  registers: UpgradeRegisters,
  attempt: Attempt | undefined,
): string | undefined => {
  const [report, answer] = [registers.reported, registers[attempt?.package ?? 'firmware']]
  if (!report || !answer) return (report ?? answer)?.version
  return report.order > answer.order ? report.version : answer.version
}

/**
 * The newest word for the target and the newest against it decide; `until`: as far as was received by then.
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
  // Of the same moment, when nobody knows which came first, a version report says more than the version in a
  // progress report.
  if (lastConfirm > counted(later(lastFailure, lastLost), attempt, heard) && lastConfirm >= lastOther)
    return confirmed(attempt, registers, heard)
  if (lastMatch > against) return underProof(attempt, heard, against, now)
  const claim = later(lastMatch, lastConfirm)
  const isOver = wasProved(heard, against)
  const known =
    attempt.packageId === undefined ? undefined : drivenBy(attempt, registers, heard, { claim, isOver })
  const code =
    failureSince(registers, heard, known ? later(claim, failuresSince(known)) : claim) ??
    (known && isLastLoss(known, isOver, now) ? registers.lost?.code : undefined)
  const failure = code === undefined ? {} : { failureCode: code }
  if (lastOther && lastOther >= claim && isOver) return { state: 'rolledBack', ...failure }
  if (code !== undefined) return { state: 'failed', failureCode: code }
  if (!known) return waiting(attempt, heard, now)
  if (heard.refused) return { state: 'failed', failureReason: heard.refused }
  if (known.isOfDock && known.hasPackage && heard.lastOther > heard.latest)
    return { state: 'failed', failureReason: 'notInstalled' }
  return driven(attempt, registers, heard, { known, now })
}

/** Whether no new link follows a download that did not come about. */
const isLastLoss = (known: Known, isOver: boolean, now: number): boolean =>
  known.lost !== '' && (known.deliveries >= mostDeliveriesTo(known) || isOver) && now >= lostAt(known)

/** What counts of a failure against an answer: of an attempt that we drive what follows the newest offer. */
const counted = (failure: Moment, { packageId }: Attempt, { offered }: Heard): Moment =>
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
 * A claim that nothing newer contradicts. Where something older does, the proof begins with the newest claim.
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

/** Of a claim that was confirmed, or stood for its time before anything came against it. */
const wasProved = ({ firstConfirm, proved }: Heard, against: Moment): boolean =>
  firstConfirm !== '' || (proved !== undefined && !proved.void && timeOf(against) > proved.at)

/** The code of the earliest failure after a moment, as far as it is kept, else of the newest. */
const failureSince = (
  { failed, refailed }: UpgradeRegisters,
  { firstFailure, lastFailure }: Heard,
  since: Moment,
): number | undefined => {
  if (!lastFailure || lastFailure < since) return undefined
  return firstFailure >= since ? failed?.code : refailed?.code
}

/**
 * Nothing decides yet: only silence can end it. A claim that was contradicted is asked about once more when
 * its time is over.
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

/** Nothing decides yet: as of any other attempt, and we ask for what an offer needs. */
const driven = (
  attempt: Attempt,
  registers: UpgradeRegisters,
  heard: Heard,
  { known, now }: { known: Known; now: number },
): UpgradeStatus => {
  const { step, ...status } = waiting(attempt, heard, now)
  if (status.state === 'timedOut') return silenced(registers, known)
  const { question, ...drive } = driveOf(known, now)
  const checkAt = Math.min(
    status.checkAt ?? Number.POSITIVE_INFINITY,
    question?.at ?? Number.POSITIVE_INFINITY,
  )
  const isAsked = step !== undefined || (question !== undefined && now >= question.at)
  const untilSilence = step === undefined && question?.isLast ? { untilSilence: true as const } : {}
  const ask: Step = { do: 'ask', n: heard.questions + 1, ...untilSilence }
  const state = known.deliveries > 0 ? 'upgrading' : 'pending'
  return { ...status, state, drive, checkAt, ...(isAsked ? { step: ask } : {}) }
}

/** Silence, after what there was. */
const silenced = ({ lost }: UpgradeRegisters, known: Known): UpgradeStatus => {
  if (known.lost && lost) return { state: 'failed', failureCode: lost.code }
  const isHeard = known.latest !== '' || known.versionAt !== undefined
  return { state: 'timedOut', ...(isHeard ? {} : { failureReason: 'neverHeard' }) }
}

/** Without an attempt the newest report stands for itself. */
const claimed = ({ latest }: UpgradeRegisters): UpgradeStatus => {
  if (!latest) return {}
  const meaning = meaningOf(asReport(latest), undefined)
  if (meaning.state === 'succeeded') return { state: 'succeeded', evidence: 'claimed' }
  if (meaning.state === 'failed') return { state: 'failed', failureCode: latest.code ?? 0 }
  return { state: 'upgrading' }
}

const asReport = (latest: NonNullable<UpgradeRegisters['latest']>): UpgradeReport => {
  const percent = percentOf(latest)
  return {
    kind: 'upgradeReport',
    deviceId: '',
    resultCode: latest.code ?? 0,
    ...(percent === undefined ? {} : { percent }),
  }
}
