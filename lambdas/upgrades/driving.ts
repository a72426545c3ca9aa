import type { Attempt } from './attempt.ts'
import { type Heard, later } from './heard.ts'
import { type Moment, percentOf, receivedAt, timeOf, type UpgradeRegisters } from './registers.ts'

/**
 * What a driven attempt waits for, and when its device may be offered the package. Pure. `state.ts` beside it
 * decides what the device's own reports mean. `docs/adr/0034` has the reasons.
 */

/** Offers per attempt: the first, and new links for a device that did not get the package. */
export const maxDeliveries = 3

/** Docks may need more: an offer for each time that the dock was busy. */
export const maxDeliveriesToDocks = 8

/** A dock refuses an offer while it is busy with a flight, a log export or a start, which takes minutes. */
export const busyDockMs = 10 * 60_000

/** How often we look at a dock that waits for its offer: no message says that it has become free. */
export const lookAgainMs = 3 * 60_000

/** Questions before an offer; after these we wait until the device speaks. */
export const maxQuestions = 3

/**
 * The time between two questions for the version: as long as IoTDA gives a device to report it
 * (https://support.huaweicloud.com/intl/en-us/usermanual-iothub/iot_01_0047.html).
 */
export const versionQuestionMs = 3 * 60_000

/**
 * A device that has not responded to an offer for this long may not have received it, or may have lost its
 * link.
 */
export const silentOfferMs = 30 * 60_000

/**
 * A queue may deliver the report that led to an offer twice; a second one within this time is taken for a
 * repeat.
 */
export const repeatedReportMs = 60_000

/**
 * What an attempt waits for. `version`: the answer to our question; `device`: any message from it, and of a
 * dock that it is online and free; `campaign`: its campaign's permission to offer; `report`: a report of its
 * progress.
 */
export const drivenWaits = ['version', 'device', 'campaign', 'report'] as const

export type Drive = {
  waitingFor: (typeof drivenWaits)[number]
  /** The device may be offered its package now that it has spoken. */
  isOfferable?: true
  /** It may be offered its package once it reports its version: ask for that at its next message. */
  wantsVersion?: true
  /** When the sweep asks the device, unless it speaks first; the broker keeps the last question. */
  question?: { at: number; isLast?: true }
}

/** What is known about an offer and its progress. Moments are empty for never; times are epoch ms. */
export type Delivery = {
  openedAt: number
  /** The device is a dock or its aircraft. */
  isOfDock: boolean
  inCampaign: boolean
  offered: Moment
  deliveries: number
  latest: Moment
  /** Whether the device's reports show that it has the package: 100 percent, or a claim of the target. */
  hasPackage: boolean
  /** The report of a failure that another offer may mend (`codes.ts`), if that is the newest report. */
  lost: Moment
  /** When the device last reported its version; undefined if not since the attempt opened. */
  versionAt: number | undefined
  askedAt: number
  questions: number
}

/**
 * The inputs to the next step of a driven attempt. `claim`: the newest evidence for the target; `wasProved`:
 * that had been proved, so that no new link can mend what followed.
 */
export const drivenBy = (
  attempt: Attempt,
  registers: UpgradeRegisters,
  heard: Heard,
  { claim, wasProved }: { claim: Moment; wasProved: boolean },
): Delivery => {
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
    lost: isLost && (wasProved || lastLost >= latest) ? lastLost : '',
    versionAt: running && receivedAt(running) >= attempt.openedAt ? receivedAt(running) : undefined,
  }
}

/** Failures count only after this moment: earlier ones are not about the newest offer. */
export const failuresSince = ({ offered }: Delivery): Moment => `${offered}~`

export const maxDeliveriesTo = ({ isOfDock }: Pick<Delivery, 'isOfDock'>): number =>
  isOfDock ? maxDeliveriesToDocks : maxDeliveries

export const driveOf = (delivery: Delivery, now: number): Drive => {
  if (delivery.isOfDock) return dockDrive(delivery, now)
  if (delivery.deliveries === 0) return beforeFirstOffer(delivery)
  if (delivery.lost) return afterLoss(delivery, now)
  return afterOffer(delivery, now)
}

const beforeFirstOffer = ({ openedAt, inCampaign, versionAt, askedAt, questions }: Delivery): Drive => {
  const since = Math.max(versionAt ?? openedAt, askedAt)
  const question =
    questions < maxQuestions
      ? {
          at: since + versionQuestionMs,
          ...(questions === maxQuestions - 1 ? { isLast: true as const } : {}),
        }
      : undefined
  if (versionAt === undefined)
    return {
      waitingFor: question ? 'version' : 'device',
      wantsVersion: true,
      ...(question ? { question } : {}),
    }
  // A campaign that held the offer back asks the device again itself.
  if (inCampaign) return { waitingFor: 'campaign', isOfferable: true }
  return { waitingFor: 'device', isOfferable: true, ...(question ? { question } : {}) }
}

/**
 * Docks and aircraft cannot be asked for their version. Their last report tells it, and the sweep checks
 * whether they may be offered their package.
 */
const dockDrive = (delivery: Delivery, now: number): Drive => {
  const { openedAt, offered, latest, deliveries, versionAt, askedAt, hasPackage, lost } = delivery
  const lookFrom = (at: number) => ({ question: { at: Math.max(at, askedAt ? askedAt + lookAgainMs : 0) } })
  if (deliveries === 0)
    return versionAt === undefined
      ? { waitingFor: 'version', wantsVersion: true, ...lookFrom(openedAt) }
      : { waitingFor: 'device', isOfferable: true, ...lookFrom(openedAt) }
  const silentFrom = Math.max(timeOf(offered), latest ? timeOf(latest) : 0) + silentOfferMs
  const at = lost ? lostAt(delivery) : silentFrom
  if (!lost && (hasPackage || deliveries >= maxDeliveriesToDocks)) return { waitingFor: 'report' }
  if (now < at) return { waitingFor: 'report', ...lookFrom(at) }
  return { waitingFor: 'device', isOfferable: true, ...lookFrom(at) }
}

/**
 * When such a failure counts. A dock gets time to become free. A device's report about the first offer counts
 * at once; one soon after a later offer may repeat that about the offer before.
 */
export const lostAt = ({
  isOfDock,
  lost,
  offered,
  deliveries,
}: Pick<Delivery, 'isOfDock' | 'lost' | 'offered' | 'deliveries'>): number => {
  if (isOfDock) return deliveries < maxDeliveriesToDocks ? timeOf(lost) + busyDockMs : timeOf(lost)
  return deliveries > 1 ? Math.max(timeOf(lost), timeOf(offered) + repeatedReportMs) : timeOf(lost)
}

const afterLoss = (delivery: Delivery, now: number): Drive => {
  const at = lostAt(delivery)
  const question = delivery.askedAt < at ? { question: { at } } : {}
  if (now < at) return { waitingFor: 'report', ...question }
  return { waitingFor: delivery.inCampaign ? 'campaign' : 'device', isOfferable: true, ...question }
}

/**
 * A device that may have installed the package, or be installing it, gets no new offer before it reports its
 * version.
 */
const afterOffer = (delivery: Delivery, now: number): Drive => {
  const { offered, latest, deliveries, hasPackage, versionAt = 0, askedAt, inCampaign } = delivery
  const at = Math.max(timeOf(offered), latest ? timeOf(latest) : 0) + silentOfferMs
  if (deliveries >= maxDeliveries || hasPackage) return { waitingFor: 'report' }
  const question = askedAt < at ? { question: { at } } : {}
  if (now < at) return { waitingFor: 'report', ...question }
  if (versionAt < at) return { waitingFor: 'device', wantsVersion: true, ...question }
  return { waitingFor: inCampaign ? 'campaign' : 'device', isOfferable: true }
}
