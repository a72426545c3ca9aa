import type { Receipt } from '../queue/receipt.ts'
import { factsAhead } from '../table/register-facts.ts'
import { mayBeOfferedAgain } from './codes.ts'
import type { Device } from './devices.ts'
import { meaningOf, type ReportEvent } from './meaning.ts'
import {
  marksOf,
  newestMoment,
  type OfferRefusal,
  progressOrder,
  receivedAt,
  type UpgradeRegisters,
  type VersionFact,
} from './registers.ts'
import type { Attempt, Package, Step } from './state.ts'

/** Turns devices' reports, and our own steps, into facts for registers. Pure. */

/** One event as it arrived; `index` is its place in the message. */
export type Reported = { event: ReportEvent; receipt: Receipt; index: number }

/**
 * Whether a report was received before the device's attempt was opened: then it does not count for the
 * attempt.
 */
export const isBefore = ({ receivedAt }: Receipt, { attempt }: Pick<Device, 'attempt'>): boolean =>
  attempt !== undefined && receivedAt < attempt.openedAt

/** The facts in reports, where the device has not been read. */
export const blindFacts = (reports: readonly Reported[]): UpgradeRegisters =>
  reports.reduce<UpgradeRegisters>(
    (facts, { event, receipt, index }) => merge(facts, factsOf(event, receipt, index, undefined)),
    {},
  )

/** The facts in reports that are ahead of the device's registers. */
export const factsAbout = (reports: readonly Reported[], device: Device): UpgradeRegisters => {
  const { attempt, registers } = device
  const made = reports.map(({ event, receipt, index }) => {
    const facts = factsOf(event, receipt, index, attempt)
    return isBefore(receipt, device) ? before(facts, attempt) : facts
  })
  const facts: UpgradeRegisters = made.reduce(merge, {})
  const otherVersion = attempt && hiddenVersion([registers, ...made], merge(registers, facts), attempt.target)
  const proved = attempt && voidedProof(registers, made, attempt)
  return factsAhead(
    { ...facts, ...(otherVersion ? { otherVersion } : {}), ...(proved ? { proved } : {}) },
    registers,
  )
}

/**
 * Voids a proof if a late report shows that the claim had been contradicted before we concluded the proof.
 */
const voidedProof = (
  { proved }: UpgradeRegisters,
  made: readonly UpgradeRegisters[],
  { package: of, target }: Attempt,
): UpgradeRegisters['proved'] => {
  if (!proved) return undefined
  const against = made.flatMap(({ refailed, lost, reported, [of]: running }) => [
    refailed,
    lost,
    ...[reported, running].filter((fact) => fact && fact.version !== target),
  ])
  const isLate = against.some(
    (fact) => fact && newestMoment(fact) > proved.since && receivedAt(fact) <= proved.at,
  )
  return isLate ? { ...proved, order: `${proved.since}~`, void: true } : undefined
}

/**
 * The newest report of another version than the target, where no other register would show it: a report of
 * the target version can hide it, a report without a version cannot.
 */
const hiddenVersion = (
  heard: readonly UpgradeRegisters[],
  { reported }: UpgradeRegisters,
  target: string,
): VersionFact | undefined => {
  const others = heard.flatMap((one) =>
    one.reported && one.reported.version !== target ? [one.reported] : [],
  )
  const newest = others.reduce<VersionFact | undefined>(
    (found, one) => (one.order > (found?.order ?? '') ? one : found),
    undefined,
  )
  const shown = reported && reported.version !== target ? reported.order : ''
  return newest && newest.order > shown ? newest : undefined
}

/** A version reported at most this long before an attempt opened is what the device ran then. */
const versionKnownMs = 86_400_000

/** The registers of a new attempt: the version that its device reported within the last day. */
export const knownAtOpening = (
  running: UpgradeRegisters,
  { package: of, openedAt }: Attempt,
): UpgradeRegisters => {
  const ran = running[of]
  return ran && receivedAt(ran) >= openedAt - versionKnownMs ? { ran } : {}
}

/**
 * What the sweep did about an attempt, or concluded. The same step again at another time changes no state.
 */
export const factsOfStep = (step: Step, now: number, attemptId: string): UpgradeRegisters => {
  const { newest } = marksOf({ receivedAt: now, receiptId: attemptId })
  if (step.do === 'ask') return { asked: { ...newest, ...(step.n === undefined ? {} : { n: step.n }) } }
  return { proved: { at: now, since: step.since, order: `${step.since}${newest.order}` } }
}

/** Our `n`th offer of its package to a device; `processId`: the dock's id for the offer. */
export const factsOfOffer = (
  n: number,
  now: number,
  attemptId: string,
  processId?: string,
): UpgradeRegisters => ({
  offered: {
    ...marksOf({ receivedAt: now, receiptId: attemptId }).newest,
    n,
    ...(processId === undefined ? {} : { processId }),
  },
})

/** Our refusal to offer a device its package. */
export const factsOfRefusal = (reason: OfferRefusal, now: number, attemptId: string): UpgradeRegisters => ({
  refused: { ...marksOf({ receivedAt: now, receiptId: attemptId }).newest, reason },
})

export const merge = (facts: UpgradeRegisters, more: UpgradeRegisters): UpgradeRegisters => ({
  ...facts,
  ...factsAhead(more, facts),
})

/** What a device runs belongs to the device: it is kept whichever attempt is open. */
const before = ({ firmware, software }: UpgradeRegisters, attempt: Attempt | undefined): UpgradeRegisters => {
  const running = { ...(firmware ? { firmware } : {}), ...(software ? { software } : {}) }
  return { ...running, ...(attempt ? knownAtOpening(running, attempt) : {}) }
}

/** Characters of the description that the hot item keeps; the history has all of it. */
const textLength = 100

/**
 * The facts in an event. `attempt` is the device's, where it is known. Without it nothing can be matched or
 * confirmed, and whether "already the latest version" is a failure stays open.
 */
const factsOf = (
  event: ReportEvent,
  receipt: Receipt,
  index: number,
  attempt: Pick<Attempt, 'package' | 'target' | 'packageId'> | undefined,
): UpgradeRegisters => {
  const { newest, earliest } = marksOf(receipt, index)
  const meaning = attempt && meaningOf(event, attempt)
  if (event.kind === 'versionReport') {
    const version = (of: Package) => (event[of] === undefined ? undefined : { ...newest, version: event[of] })
    return present({
      firmware: version('firmware'),
      software: version('software'),
      ...(meaning === 'confirmed' ? { confirmed: earliest, reconfirmed: newest } : {}),
    })
  }
  const { resultCode: code, percent: pct, version, description } = event
  const text = description?.slice(0, textLength)
  const isLost = meaning === 'failed' && attempt?.packageId !== undefined && mayBeOfferedAgain(code)
  return present({
    latest: { order: progressOrder(receipt, index, pct), ...(code === 0 ? {} : { code }), text },
    reported: version === undefined ? undefined : { ...newest, version },
    ...(isLost ? { lost: { ...newest, code } } : {}),
    ...(meaning === 'failed' && !isLost
      ? { failed: { ...earliest, code, text }, refailed: { ...newest, code } }
      : {}),
    ...(meaning === 'matched' ? { matched: earliest, rematched: newest } : {}),
  })
}

const present = (facts: UpgradeRegisters): UpgradeRegisters =>
  Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined))
