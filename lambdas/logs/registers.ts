import * as z from 'zod/mini'
import { factsAhead } from '../table/register-facts.ts'

/**
 * What is known of an upload, as registers. A register keeps the fact with the greatest `order` and nothing
 * else, so the same facts leave the same registers in whatever order, and however often, they arrive. How
 * orders are made is each register's own rule; both kinds end with the receipt, so that no two different
 * facts are ever equal.
 */

/** Each is made once, however often it stands below: every function that starts makes all of them. */
const [maybeNumber, maybeText] = [z.optional(z.number()), z.optional(z.string())]

const Fact = { order: z.string(), at: z.number() }
const End = z.enum(['uploaded', 'canceled', 'failed', 'rejected'])

/** `at` is when we received it, epoch ms. Names are short because the whole item has to stay under 1 KB. */
const Answer = z.object({ ...Fact, result: z.number(), refused: z.optional(z.boolean()) })
const JobEnd = z.object({ ...Fact, end: End, result: maybeNumber })
const Mark = z.object(Fact)
const Progress = z.object({
  ...Fact,
  step: z.string(),
  n: maybeNumber,
  of: maybeNumber,
  pct: maybeNumber,
  size: maybeNumber,
  rate: maybeNumber,
  md5: maybeText,
})
const Began = z.object({ ...Fact, pct: z.number() })
const ArchiveEnd = z.object({
  ...Fact,
  end: End,
  result: maybeNumber,
  size: maybeNumber,
  rate: maybeNumber,
  md5: maybeText,
  finished: maybeNumber,
})
const Ok = z.object({
  ...Fact,
  size: maybeNumber,
  md5: maybeText,
  finished: maybeNumber,
})
const StoredObject = z.object({
  ...Fact,
  size: z.number(),
  etag: z.string(),
  version: maybeText,
})
const Try = z.object({ ...Fact, id: z.string() })
const Deletion = z.object({
  ...Fact,
  by: z.string(),
  object: z.optional(StoredObject),
  later: z.optional(Mark),
  absent: z.optional(z.boolean()),
  crowded: z.optional(z.boolean()),
})

export type ArchiveEnd = z.infer<typeof ArchiveEnd>
export type ArchiveProgress = z.infer<typeof Progress>
export const readStoredObject = (item: unknown): StoredObject => StoredObject.parse(item)
export type StoredObject = z.infer<typeof StoredObject>
export type Deletion = z.infer<typeof Deletion>
export type Mark = z.infer<typeof Mark>
export type JobEnd = z.infer<typeof JobEnd>

const maybe = {
  Answer: z.optional(Answer),
  Mark: z.optional(Mark),
  Try: z.optional(Try),
  Ok: z.optional(Ok),
  Progress: z.optional(Progress),
  Began: z.optional(Began),
  ArchiveEnd: z.optional(ArchiveEnd),
  StoredObject: z.optional(StoredObject),
  Deletion: z.optional(Deletion),
}

/**
 * - `answer`: the dock's earliest reply to the start; `cancelAnswer`: its newest to a cancel; `refused`: in
 *   words, with code 0
 * - `jobEnd`: the earliest end told for the whole job; `jobOk`: the earliest `ok`
 * - `cancel`: our earliest request to stop; `notSent`: our start could not be sent
 * - `stopAsked`: an operator's earliest word that nothing more may start by itself
 * - `successor`: the upload that was started to finish what this one did not; `latestTry`, of the first of
 *   them, the newest
 * - per archive: `Progress` the furthest report, `Began` the earliest report of uploading, `End` the earliest
 *   end told, `Ok` the earliest `ok`, `Object` the earliest object in storage, `Later` when the newest came,
 *   `Pinned` the one that was found to be the dock's where it is not the earliest (`judge-objects.ts`),
 *   `Crowded` that storage told of more than are kept, `Absent` our conclusion that there is none, `Deleted` who had it deleted, with what was known of storage
 *   until then: what storage says later counts no more
 */
export const Registers = z.object({
  answer: maybe.Answer,
  cancelAnswer: maybe.Answer,
  jobEnd: z.optional(JobEnd),
  jobOk: maybe.Mark,
  cancel: maybe.Mark,
  notSent: maybe.Mark,
  stopAsked: maybe.Mark,
  successor: maybe.Try,
  latestTry: maybe.Try,
  aircraftProgress: maybe.Progress,
  aircraftBegan: maybe.Began,
  aircraftEnd: maybe.ArchiveEnd,
  aircraftOk: maybe.Ok,
  aircraftObject: maybe.StoredObject,
  aircraftLater: maybe.Mark,
  aircraftPinned: maybe.StoredObject,
  aircraftCrowded: maybe.Mark,
  aircraftAbsent: maybe.Mark,
  aircraftDeleted: maybe.Deletion,
  dockProgress: maybe.Progress,
  dockBegan: maybe.Began,
  dockEnd: maybe.ArchiveEnd,
  dockOk: maybe.Ok,
  dockObject: maybe.StoredObject,
  dockLater: maybe.Mark,
  dockPinned: maybe.StoredObject,
  dockCrowded: maybe.Mark,
  dockAbsent: maybe.Mark,
  dockDeleted: maybe.Deletion,
})

/** Also a set of facts: at most one for each register. */
export type Registers = z.infer<typeof Registers>
export type RegisterName = keyof Registers
export const registerNames = Object.keys(Registers.shape) as RegisterName[]

const latestTime = 9_999_999_999_999
const digits = (value: number, width: number): string =>
  String(Math.max(0, Math.trunc(value))).padStart(width, '0')

/**
 * A tie of two facts in the same millisecond is broken by eight digits of the receipt: any fixed rule will
 * do.
 */
const receipt = (receiptId: string): string => receiptId.slice(0, 8)

/** The order of a register that keeps the earliest. `rank` breaks ties; higher wins. */
export const earliest = (at: number, receiptId: string, rank = 0): string =>
  `${digits(latestTime - at, 13)}${rank}${receipt(receiptId)}`

/** The order of a register that keeps the newest. */
export const newest = (at: number, receiptId: string): string => `${digits(at, 13)}${receipt(receiptId)}`

/** The order of a register that keeps the furthest, and of equally far ones the earliest. */
export const furthest = (position: number, at: number, receiptId: string): string =>
  `${digits(position, 7)}${earliest(at, receiptId)}`

/** The registers that result when `more` becomes known besides `known`. */
export const join = (known: Registers, more: Registers): Registers => ({
  ...known,
  ...factsAhead(more, known),
})

/** Whether a register holds the end of an archive or of the whole upload, as the dock tells it. */
export const isEnd = (name: RegisterName): boolean => /(End|Ok)$/.test(name)

/** Those facts of `some` that `keep` says yes to. */
export const pick = (
  some: Registers,
  keep: (name: RegisterName, fact: { order: string; at: number }) => boolean,
): Registers =>
  Object.fromEntries(
    registerNames.flatMap((name) => {
      const fact = some[name]
      return fact && keep(name, fact) ? [[name, fact]] : []
    }),
  )
