import type { UpgradeReport } from '../../protocols/huawei-ota/facts.ts'
import { meaningOf } from '../../protocols/huawei-ota/meaning.ts'
import {
  earliestMoment,
  type Moment,
  momentAt,
  newestMoment,
  percentOf,
  progressMoment,
  receivedAt,
  timeOf,
  type UpgradeRegisters,
} from './registers.ts'
import type { UpgradeState } from './upgrade-states.ts'

/**
 * What a device's registers mean at a given time. Pure: the same facts give the same state, in whatever order
 * they came. `docs/adr/0021` has the reasons: a report of the target version is a claim, and success is a
 * claim that was proved.
 */

export type Package = 'firmware' | 'software'

/**
 * What an attempt is about. `timeoutSeconds`: of silence, after which it is given up. `proveSeconds`: for how
 * long nothing may contradict a claim that no answer confirms.
 */
export type Attempt = {
  id: string
  package: Package
  target: string
  openedAt: number
  timeoutSeconds: number
  proveSeconds: number
  campaignId?: string | undefined
  /** What we offer the device; undefined: another platform drives it, and we watch. */
  packageId?: string | undefined
  requestedBy: string
}

/**
 * `ask`: the sweep asks the device what it runs, since a time has passed; `prove`: it writes down that a
 * claim has stood for the time of proof, and for an answer's time after we asked.
 */
export type Step = { do: 'ask' } | { do: 'prove'; since: Moment }

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
  const { lastMatch, lastConfirm, lastFailure, lastOther } = heard
  const against = later(lastFailure, lastOther)
  // Of the same moment, when nobody knows which came first, a version report says more than the version in a
  // progress report.
  if (lastConfirm > lastFailure && lastConfirm >= lastOther) return confirmed(attempt, registers, heard)
  if (lastMatch > against) return underProof(attempt, heard, against, now)
  const claim = later(lastMatch, lastConfirm)
  const code = failureSince(registers, heard, claim)
  const failure = code === undefined ? {} : { failureCode: code }
  if (lastOther && lastOther >= claim && wasProved(heard, against)) return { state: 'rolledBack', ...failure }
  if (code !== undefined) return { state: 'failed', failureCode: code }
  return waiting(attempt, heard, now)
}

/** Moments of what was heard; an empty text, which sorts before all moments, is never. */
type Heard = ReturnType<typeof heardUntil>

const later = (one: Moment, other: Moment): Moment => (one > other ? one : other)

const heardUntil = (attempt: Attempt, registers: UpgradeRegisters, until: number) => {
  type Known = { order: string } | undefined
  const inTime = (moment: Moment): Moment => (moment && timeOf(moment) <= until ? moment : '')
  const first = (fact: Known): Moment => inTime(fact ? earliestMoment(fact) : '')
  const last = (fact: Known, earliest?: Known): Moment =>
    inTime(fact ? newestMoment(fact) : '') || first(earliest)
  const { ran, latest, matched, rematched, confirmed, reconfirmed, failed, refailed } = registers
  const { asked, proved } = registers
  const others = [registers.otherVersion, registers.reported, registers[attempt.package]].flatMap((fact) =>
    fact && fact.version !== attempt.target && receivedAt(fact) >= attempt.openedAt ? [last(fact)] : [],
  )
  const ranTarget = ran?.version === attempt.target ? momentAt(attempt.openedAt) : ''
  const askedLast = last(asked)
  return {
    latest: latest ? progressMoment(latest) : '',
    firstMatch: first(matched),
    lastMatch: last(rematched, matched),
    firstConfirm: ranTarget || first(confirmed),
    lastConfirm: last(reconfirmed, confirmed) || ranTarget,
    firstFailure: first(failed),
    lastFailure: last(refailed, failed),
    lastOther: others.reduce(later, ''),
    askedAt: askedLast ? timeOf(askedLast) : 0,
    proved: proved && proved.at <= until ? proved : undefined,
  }
}

const confirmed = ({ target }: Attempt, { ran }: UpgradeRegisters, heard: Heard): UpgradeStatus => {
  const { latest, firstMatch, firstFailure, lastOther, firstConfirm } = heard
  const wasInstalled =
    [latest, firstMatch, firstFailure, lastOther].some((moment) => moment && moment < firstConfirm) ||
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

/** The code of the earliest failure after a claim, as far as it is kept, else of the newest. */
const failureSince = (
  { failed, refailed }: UpgradeRegisters,
  { firstFailure, lastFailure }: Heard,
  claim: Moment,
): number | undefined => {
  if (!lastFailure || lastFailure < claim) return undefined
  return firstFailure >= claim ? failed?.code : refailed?.code
}

/**
 * Nothing decides yet: only silence can end it. A claim that was contradicted is asked about once more when
 * its time is over.
 */
const waiting = (
  { openedAt, timeoutSeconds, proveSeconds }: Attempt,
  { latest, lastMatch, askedAt }: Heard,
  now: number,
): UpgradeStatus => {
  const silentAt = (latest ? timeOf(latest) : openedAt) + timeoutSeconds * 1000
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
