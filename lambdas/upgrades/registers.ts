import * as z from 'zod/mini'
import type { Receipt } from '../queue/receipt.ts'

/**
 * What is known about a device's upgrade, as registers, and how their facts are ordered. `logs/registers.ts`
 * says why the order of messages does not matter. All times are ours, in epoch ms: device clocks are
 * unreliable.
 */

/**
 * Names are short because the whole item should stay under 1 KB. The order of a fact contains its time and,
 * for a progress report, its percentage.
 */
const Fact = { order: z.string() }
const Mark = z.object(Fact)
const Version = z.object({ ...Fact, version: z.string() })
const Failure = z.object({ ...Fact, code: z.number(), text: z.optional(z.string()) })
const Code = z.object({ ...Fact, code: z.number() })
const Report = z.object({ ...Fact, code: z.optional(z.number()), text: z.optional(z.string()) })

/**
 * Why we do not offer a device its package: it is not for the version that the device runs; its file is not,
 * or no longer, in storage as it was proved; or downloads by token are switched off.
 */
export const refusals = ['sourceNotAllowed', 'packageUnavailable', 'downloadsOff'] as const
export type OfferRefusal = (typeof refusals)[number]

/**
 * - `ran`: the newest version report of the package before the attempt was opened, if it came within a day
 * - `latest`: the newest upgrade report, with its code unless that is 0; `reported`: the newest with a
 *   version
 * - `failed`, `refailed`: the earliest and the newest report of a failure
 * - `matched`, `rematched`: the earliest and the newest report that claims the target version
 * - `confirmed`, `reconfirmed`: the earliest and the newest version report of the target
 * - `otherVersion`: the newest report of another version than the target, where neither `reported` nor a
 *   version report shows it
 * - `firmware`, `software`: the newest version report of each
 * - `asked`: when we last asked for the version because a deadline had passed; in a driven attempt also how
 *   often we have asked
 * - `proved`: our conclusion that nothing contradicted a claim during the proof period. `since` is the moment
 *   of that claim; `void`: a late report shows that something did
 * - `closed`: when an operator closed the attempt, or another attempt replaced it
 * - `offered`, driven attempts only: our newest offer, the `n`th; for a dock, with the id that its reports
 *   carry
 * - `lost`, driven attempts only: the newest report of a failure that another offer may mend (`codes.ts`)
 * - `refused`, driven attempts only: that we do not offer the package, and why
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

/** Registers that belong to an attempt, and are empty when another is opened. What the device runs stays. */
export const attemptRegisters = [
  'ran',
  'latest',
  'reported',
  'failed',
  'refailed',
  'matched',
  'rematched',
  'confirmed',
  'reconfirmed',
  'otherVersion',
  'asked',
  'proved',
  'closed',
  'offered',
  'lost',
  'refused',
] satisfies (keyof UpgradeRegisters)[]

/**
 * When something was received, as 20 digits that sort: our time, the place among the messages of the same
 * millisecond, the place in its message.
 */
export type Moment = string
const timeLength = 13
const momentLength = timeLength + 5 + 2
const digits = (value: number, width: number): string => String(value).padStart(width, '0')

/** The first moment of a time in epoch ms. */
export const momentAt = (time: number): Moment => digits(time, timeLength).padEnd(momentLength, '0')

const momentOf = ({ receivedAt, place = 0 }: Receipt, index: number): Moment =>
  `${digits(receivedAt, timeLength)}${digits(place, 5)}${digits(index, 2)}`

const reversed = (moment: Moment): string => moment.replaceAll(/\d/g, (digit) => String(9 - Number(digit)))

/** The moment of a register that keeps the newest fact, and of one that keeps the earliest. */
export const newestMoment = ({ order }: { order: string }): Moment => order.slice(0, momentLength)
export const earliestMoment = ({ order }: { order: string }): Moment => reversed(newestMoment({ order }))
export const timeOf = (moment: Moment): number => Number(moment.slice(0, timeLength))

/** When the fact of a register that keeps the newest was received, in epoch ms. */
export const receivedAt = (fact: { order: string }): number => timeOf(newestMoment(fact))

/**
 * Breaks a tie between two facts of the same moment, by two characters of the receipt: any fixed rule will
 * do.
 */
const tie = (receiptId: string): string => receiptId.slice(0, 2)

/**
 * The order of something that we received or did: for a register that keeps the newest, and for one that
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
 * The order of the newest report. Within one millisecond the order is unknown, but progress grows, so that
 * the higher percentage counts as newer.
 */
export const progressOrder = (receipt: Receipt, index: number, percent = -1): string => {
  const { order } = marksOf(receipt, index).newest
  return `${order.slice(0, timeLength)}${digits(percent + 1, 3)}${order.slice(timeLength)}`
}

/** The moment in an order of `progressOrder`. */
export const progressMoment = ({ order }: { order: string }): Moment =>
  newestMoment({ order: `${order.slice(0, timeLength)}${order.slice(timeLength + 3)}` })

/** The percentage in an order of `progressOrder`, if the report had one. */
export const percentOf = ({ order }: { order: string }): number | undefined => {
  const percent = Number(order.slice(timeLength, timeLength + 3)) - 1
  return percent < 0 ? undefined : percent
}
