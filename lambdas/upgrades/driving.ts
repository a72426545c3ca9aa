import type { Attempt } from './attempt.ts'
import { type Heard, later } from './heard.ts'
import { type Moment, percentOf, receivedAt, timeOf, type UpgradeRegisters } from './registers.ts'

/**
 * What an attempt that we drive waits for, and when its device may be offered the package. Pure, beside
 * `state.ts`, which says what the device's own words mean. `docs/adr/0034` has the reasons.
 */

/** Offers of one attempt: the first, and new links for a device to which the package did not come. */
export const mostDeliveries = 3

/** Of a dock there may be more, one each time that it was busy. */
export const mostDeliveriesToDocks = 8

/** A dock that refused an offer is at something, which takes minutes: a flight, a log export, a start. */
export const busyDockMs = 10 * 60_000

/** How often a dock is looked at that waits for its offer: nothing that it says tells that it is free. */
export const lookAgainMs = 3 * 60_000

/** Questions that we repeat before an offer; then we wait until the device is heard. */
export const mostQuestions = 3

/**
 * How long a device may take to say what it runs, as IoTDA has it
 * (https://support.huaweicloud.com/intl/en-us/usermanual-iothub/iot_01_0047.html).
 */
export const answerToOfferMs = 3 * 60_000

/** A device that has said nothing of an offer for so long may not have got it, or lost its link. */
export const silentOfferMs = 30 * 60_000

/** The word that brought about an offer may come twice; a second one so soon is taken for that. */
export const repeatedWordMs = 60_000

/**
 * `version`: we asked what it runs; `device`: that it is heard, and of a dock that it is there and free;
 * `campaign`: that its campaign lets it be offered; `report`: that it says how it goes.
 */
export const drivenWaits = ['version', 'device', 'campaign', 'report'] as const

export type Drive = {
  waitingFor: (typeof drivenWaits)[number]
  /** The device may be offered its package, now that it has spoken. */
  isOfferable?: true
  /** It may be as soon as it says what it runs: ask it at its next word. */
  wantsVersion?: true
  /** When the sweep asks it, if nothing comes before; the last question stays with the broker. */
  question?: { at: number; isLast?: true }
}

/** What is known of an offer and of its way, as moments; an empty text is never. Times are epoch ms. */
export type Known = {
  openedAt: number
  /** Of a dock or its aircraft. */
  isOfDock: boolean
  inCampaign: boolean
  offered: Moment
  deliveries: number
  latest: Moment
  /** Whether the device shows that it has the package: 100 percent, or a claim of the target. */
  hasPackage: boolean
  /** The report of a lost download, if that is the newest word. */
  lost: Moment
  /** When the device last said what it runs; before the attempt counts for never. */
  versionAt: number | undefined
  askedAt: number
  questions: number
}

/**
 * What decides how an attempt goes on that we drive. `claim`: the newest word for the target; `isOver`: that
 * had been proved, so that no new link can mend what followed.
 */
export const drivenBy = (
  attempt: Attempt,
  registers: UpgradeRegisters,
  heard: Heard,
  { claim, isOver }: { claim: Moment; isOver: boolean },
): Known => {
  const { latest, offered, deliveries, lastLost, lastMatch, askedAt, questions } = heard
  const running = registers[attempt.package]
  const isDownloaded =
    latest > offered &&
    registers.latest?.code === undefined &&
    registers.latest !== undefined &&
    percentOf(registers.latest) === 100
  const isLost = offered !== '' && lastLost > later(offered, claim)
  return {
    openedAt: attempt.openedAt,
    inCampaign: attempt.campaignId !== undefined,
    isOfDock: attempt.machines === 'docks',
    offered,
    deliveries,
    latest,
    askedAt,
    questions,
    hasPackage: isDownloaded || lastMatch > offered,
    lost: isLost && (isOver || lastLost >= latest) ? lastLost : '',
    versionAt: running && receivedAt(running) >= attempt.openedAt ? receivedAt(running) : undefined,
  }
}

/** Failures count only after this: what came before the newest offer was not about it. */
export const failuresSince = ({ offered }: Known): Moment => `${offered}~`

export const mostDeliveriesTo = ({ isOfDock }: Pick<Known, 'isOfDock'>): number =>
  isOfDock ? mostDeliveriesToDocks : mostDeliveries

export const driveOf = (known: Known, now: number): Drive => {
  if (known.isOfDock) return dockDrive(known, now)
  if (known.deliveries === 0) return beforeFirstOffer(known)
  if (known.lost) return afterLoss(known, now)
  return afterOffer(known, now)
}

const beforeFirstOffer = ({ openedAt, inCampaign, versionAt, askedAt, questions }: Known): Drive => {
  const since = Math.max(versionAt ?? openedAt, askedAt)
  const question =
    questions < mostQuestions
      ? { at: since + answerToOfferMs, ...(questions === mostQuestions - 1 ? { isLast: true as const } : {}) }
      : undefined
  if (versionAt === undefined)
    return {
      waitingFor: question ? 'version' : 'device',
      wantsVersion: true,
      ...(question ? { question } : {}),
    }
  // A campaign that held it back asks it again itself.
  if (inCampaign) return { waitingFor: 'campaign', isOfferable: true }
  return { waitingFor: 'device', isOfferable: true, ...(question ? { question } : {}) }
}

/**
 * A dock and its aircraft can be asked nothing: what they run is known from what they said of it last, and
 * the sweep looks whether they may be offered their package.
 */
const dockDrive = (known: Known, now: number): Drive => {
  const { openedAt, offered, latest, deliveries, versionAt, askedAt, hasPackage, lost } = known
  const lookFrom = (at: number) => ({ question: { at: Math.max(at, askedAt ? askedAt + lookAgainMs : 0) } })
  if (deliveries === 0)
    return versionAt === undefined
      ? { waitingFor: 'version', wantsVersion: true, ...lookFrom(openedAt) }
      : { waitingFor: 'device', isOfferable: true, ...lookFrom(openedAt) }
  const silentFrom = Math.max(timeOf(offered), latest ? timeOf(latest) : 0) + silentOfferMs
  const at = lost ? lostAt(known) : silentFrom
  if (!lost && (hasPackage || deliveries >= mostDeliveriesToDocks)) return { waitingFor: 'report' }
  if (now < at) return { waitingFor: 'report', ...lookFrom(at) }
  return { waitingFor: 'device', isOfferable: true, ...lookFrom(at) }
}

/** When the report of a lost download counts: the first link may be lost at once. */
export const lostAt = ({
  isOfDock,
  lost,
  offered,
  deliveries,
}: Pick<Known, 'isOfDock' | 'lost' | 'offered' | 'deliveries'>): number => {
  if (isOfDock) return deliveries < mostDeliveriesToDocks ? timeOf(lost) + busyDockMs : timeOf(lost)
  return deliveries > 1 ? Math.max(timeOf(lost), timeOf(offered) + repeatedWordMs) : timeOf(lost)
}

const afterLoss = (known: Known, now: number): Drive => {
  const at = lostAt(known)
  const question = known.askedAt < at ? { question: { at } } : {}
  if (now < at) return { waitingFor: 'report', ...question }
  return { waitingFor: known.inCampaign ? 'campaign' : 'device', isOfferable: true, ...question }
}

/** A device that may have installed the package by now, or be at it, is not offered it before it tells. */
const afterOffer = (known: Known, now: number): Drive => {
  const { offered, latest, deliveries, hasPackage, versionAt = 0, askedAt, inCampaign } = known
  const at = Math.max(timeOf(offered), latest ? timeOf(latest) : 0) + silentOfferMs
  if (deliveries >= mostDeliveries || hasPackage) return { waitingFor: 'report' }
  const question = askedAt < at ? { question: { at } } : {}
  if (now < at) return { waitingFor: 'report', ...question }
  if (versionAt < at) return { waitingFor: 'device', wantsVersion: true, ...question }
  return { waitingFor: inCampaign ? 'campaign' : 'device', isOfferable: true }
}
