import * as z from 'zod/mini'
import type { Receipt } from '../queue/receipt.ts'

/**
 * What is known of a device's upgrade, as registers, and the order of facts in them. `registers.ts` says why
 * the order of messages does not matter. All times are ours, epoch ms: device clocks lie.
 */

/**
 * Short, because the whole item should stay under 1 KB: the time of a fact, and a percentage, are in its
 * order.
 */
const Fact = { order: z.string() }
const Mark = z.object(Fact)
const Version = z.object({ ...Fact, version: z.string() })
const Failure = z.object({ ...Fact, code: z.number(), text: z.optional(z.string()) })
const Code = z.object({ ...Fact, code: z.number() })
const Report = z.object({ ...Fact, code: z.optional(z.number()), text: z.optional(z.string()) })

/**
 * Why we offer a device nothing: the package is not for the version that it runs; it is not, or not any more,
 * in storage as it was proved.
 */
export const refusals = ['sourceNotAllowed', 'packageUnavailable', 'downloadsOff'] as const
export type OfferRefusal = (typeof refusals)[number]

/**
 * - `ran`: the newest version report of the package before the attempt was opened, if it came within a day
 * - `latest`: the newest upgrade report, its code where that is not 0; `reported`: the newest with a version
 * - `failed`, `refailed`: the earliest and the newest report of a failure
 * - `matched`, `rematched`: the same of reports that claim the target version
 * - `confirmed`, `reconfirmed`: the same of version reports of the target
 * - `otherVersion`: the newest report of another version than the target, where neither `reported` nor a
 *   version report shows it
 * - `firmware`, `software`: the newest version report of each
 * - `asked`: when we asked last what the device runs because a time had passed, of an attempt that we drive how
 *   often we have; `proved`: our conclusion that
 *   nothing has contradicted a claim for the time of proof; `since` is the moment of that claim; `void`: a
 *   late report shows that something had
 * - `closed`: when an operator closed our books on it, or another attempt followed
 * - of an attempt that we drive: `offered`, our newest offer, the `n`th, of a dock with the id that its reports
 *   have; `lost`: the newest report that a
 *   download did not come about, which a new link may mend; `refused`: that we do not offer, and why
 */
export const UpgradeRegisters = z.object({
  ran: z.optional(Version),
  latest: z.optional(Report),
  reported: z.optional(Version),
  failed: z.optional(Failure),
  refailed: z.optional(Failure),
  matched: z.optional(Mark),
  rematched: z.optional(Mark),
  confirmed: z.optional(Mark),
  reconfirmed: z.optional(Mark),
  otherVersion: z.optional(Version),
  firmware: z.optional(Version),
  software: z.optional(Version),
  asked: z.optional(z.object({ ...Fact, n: z.optional(z.number()) })),
  proved: z.optional(z.object({ ...Fact, at: z.number(), since: z.string(), void: z.optional(z.boolean()) })),
  closed: z.optional(z.object({ ...Fact, at: z.number(), by: z.string() })),
  offered: z.optional(z.object({ ...Fact, n: z.number(), processId: z.optional(z.string()) })),
  lost: z.optional(Code),
  refused: z.optional(z.object({ ...Fact, reason: z.enum(refusals) })),
})
export type UpgradeRegisters = z.infer<typeof UpgradeRegisters>
export type VersionFact = z.infer<typeof Version>

/** What belongs to an attempt, and is empty when another is opened. What the device runs stays. */
export const attemptRegisters = [
  ...(['ran', 'latest', 'reported', 'failed', 'refailed', 'matched', 'rematched'] as const),
  ...(['confirmed', 'reconfirmed', 'otherVersion', 'asked', 'proved', 'closed'] as const),
  ...(['offered', 'lost', 'refused'] as const),
] satisfies (keyof UpgradeRegisters)[]

/**
 * When something was received, as 20 digits that sort: our time, the place among what came in the same
 * millisecond, the place in its message.
 */
export type Moment = string
const timeLength = 13
const momentLength = timeLength + 5 + 2
const digits = (value: number, width: number): string => String(value).padStart(width, '0')

/** The first moment of a time, epoch ms. */
export const momentAt = (time: number): Moment => digits(time, timeLength).padEnd(momentLength, '0')

const momentOf = ({ receivedAt, place = 0 }: Receipt, index: number): Moment =>
  `${digits(receivedAt, timeLength)}${digits(place, 5)}${digits(index, 2)}`

const reversed = (moment: Moment): string => moment.replaceAll(/\d/g, (digit) => String(9 - Number(digit)))

/** The moment of a register that keeps the newest, and of one that keeps the earliest. */
export const newestMoment = ({ order }: { order: string }): Moment => order.slice(0, momentLength)
export const earliestMoment = ({ order }: { order: string }): Moment => reversed(newestMoment({ order }))
export const timeOf = (moment: Moment): number => Number(moment.slice(0, timeLength))

/** When a fact was received that a register keeps for being the newest, epoch ms. */
export const receivedAt = (fact: { order: string }): number => timeOf(newestMoment(fact))

/**
 * A tie of two facts of the same moment is broken by two characters of the receipt: any fixed rule will do.
 */
const tie = (receiptId: string): string => receiptId.slice(0, 2)

/**
 * A mark of what was received, or of what we did: for a register that keeps the newest, and for one that
 * keeps the earliest.
 */
export const marksOf = (receipt: Receipt, index = 0) => {
  const moment = momentOf(receipt, index)
  return {
    newest: { order: `${moment}${tie(receipt.receiptId)}` },
    earliest: { order: `${reversed(moment)}${tie(receipt.receiptId)}` },
  }
}

/**
 * The order of the newest report: in a burst of one millisecond nobody knows which came first, but progress
 * grows.
 */
export const progressOrder = (receipt: Receipt, index: number, percent = -1): string => {
  const { order } = marksOf(receipt, index).newest
  return `${order.slice(0, timeLength)}${digits(percent + 1, 3)}${order.slice(timeLength)}`
}

/** The moment in such an order. */
export const progressMoment = ({ order }: { order: string }): Moment =>
  newestMoment({ order: `${order.slice(0, timeLength)}${order.slice(timeLength + 3)}` })

/** The percentage in such an order, if the report had one. */
export const percentOf = ({ order }: { order: string }): number | undefined => {
  const percent = Number(order.slice(timeLength, timeLength + 3)) - 1
  return percent < 0 ? undefined : percent
}
