import type { Attempt } from './attempt.ts'
import {
  earliestMoment,
  type Moment,
  momentAt,
  newestMoment,
  progressMoment,
  receivedAt,
  timeOf,
  type UpgradeRegisters,
} from './registers.ts'

/** Moments of what was heard. An empty string, which sorts before all moments, means never. */
export type Heard = ReturnType<typeof heardUntil>

export const later = (one: Moment, other: Moment): Moment => (one > other ? one : other)

export const heardUntil = (attempt: Attempt, registers: UpgradeRegisters, until: number) => {
  type Known = { order: string } | undefined
  const inTime = (moment: Moment): Moment => (moment && timeOf(moment) <= until ? moment : '')
  const first = (fact: Known): Moment => inTime(fact ? earliestMoment(fact) : '')
  const last = (fact: Known, earliest?: Known): Moment =>
    inTime(fact ? newestMoment(fact) : '') || first(earliest)
  const { ran, latest, matched, rematched, confirmed, reconfirmed, failed, refailed } = registers
  const { asked, proved, offered, refused, lost } = registers
  const others = [registers.otherVersion, registers.reported, registers[attempt.package]].flatMap((fact) =>
    fact && fact.version !== attempt.target && receivedAt(fact) >= attempt.openedAt ? [last(fact)] : [],
  )
  const ranTarget = ran?.version === attempt.target ? momentAt(attempt.openedAt) : ''
  const askedLast = last(asked)
  const lastOffer = last(offered)
  return {
    offered: lastOffer,
    deliveries: lastOffer ? (offered?.n ?? 0) : 0,
    refused: last(refused) ? refused?.reason : undefined,
    lastLost: last(lost),
    questions: asked?.n ?? 0,
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
