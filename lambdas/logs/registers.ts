import * as z from 'zod/mini'
import { factsAhead } from '../table/register-facts.ts'

/**
 * What is known of an upload, as registers. A register keeps only the fact with the greatest `order`. So the
 * same facts always leave the same registers, in whatever order and however often they arrive. `keeps` says
 * which fact that is for each register. Orders by time end with the receipt id (the id that the topic
 * rule gives a message), which breaks ties.
 */

/** Built once and shared by the schemas below: every cold start pays for each schema. */
const maybeNumber = z.optional(z.number())
const maybeText = z.optional(z.string())

const Fact = { order: z.string(), at: z.number() }
const End = z.enum(['uploaded', 'canceled', 'failed', 'rejected'])

/**
 * `at`: when the fact was received, epoch ms. Names are short because the whole item must stay under 1 KB.
 * `n`, `of`, `pct`: the step, the number of steps, and the percentage of the step. `finished`: when the dock
 * finished the archive, by its own clock, epoch ms. `rate`: the upload rate as sent; the vendor names no
 * unit.
 */
const Answer = z.object({ ...Fact, result: z.number(), refused: z.optional(z.boolean()) })
const JobEnd = z.object({ ...Fact, end: End, result: maybeNumber })
/** A fact without a value: only that it happened, and when. */
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
 * - `answer`: the dock's earliest reply to the start; `cancelAnswer`: its newest reply to a cancel; `refused`
 *   in either: the dock refused in words, with result code 0
 * - `jobEnd`: the earliest reported end of the whole upload; `jobOk`: the earliest `ok` for the whole upload
 * - `cancel`: our earliest request to stop; `notSent`: our start could not be sent
 * - `stopAsked`: an operator's earliest request that nothing more starts automatically; canceling one archive
 *   sets it, too
 * - `successor`: the upload that was started to finish this one; `latestTry`, only in the first upload of a
 *   series: the newest upload of the series
 * - per archive: `Progress` is the furthest report, `Began` the earliest report of uploading, `End` the
 *   earliest reported end, `Ok` the earliest `ok`
 * - per archive, of storage: `Object` is the earliest object, `Later` the arrival of the newest. `Pinned` is
 *   the object that the dock uploaded, if that is not the earliest one (`judge-objects.ts`). `Crowded`:
 *   storage reported more objects than we keep; `Absent`: our conclusion that there is none
 * - per archive: `Deleted` is who had it deleted, and what was known of storage until then. Later reports of
 *   storage no longer count
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

/** Also used for a set of new facts: at most one for each register. */
export type Registers = z.infer<typeof Registers>
export type RegisterName = keyof Registers
export const registerNames = Object.keys(Registers.shape) as RegisterName[]

/**
 * Which of its facts each register keeps. `surest`: the best match of the dock's report (`judge-objects.ts`).
 */
export const keeps: Readonly<Record<RegisterName, 'earliest' | 'newest' | 'furthest' | 'surest'>> = {
  answer: 'earliest',
  cancelAnswer: 'newest',
  jobEnd: 'earliest',
  jobOk: 'earliest',
  cancel: 'earliest',
  notSent: 'earliest',
  stopAsked: 'earliest',
  successor: 'newest',
  latestTry: 'newest',
  aircraftProgress: 'furthest',
  aircraftBegan: 'earliest',
  aircraftEnd: 'earliest',
  aircraftOk: 'earliest',
  aircraftObject: 'earliest',
  aircraftLater: 'newest',
  aircraftPinned: 'surest',
  aircraftCrowded: 'earliest',
  aircraftAbsent: 'earliest',
  aircraftDeleted: 'earliest',
  dockProgress: 'furthest',
  dockBegan: 'earliest',
  dockEnd: 'earliest',
  dockOk: 'earliest',
  dockObject: 'earliest',
  dockLater: 'newest',
  dockPinned: 'surest',
  dockCrowded: 'earliest',
  dockAbsent: 'earliest',
  dockDeleted: 'earliest',
}

const ends: ReadonlySet<RegisterName> = new Set([
  'jobEnd',
  'jobOk',
  'aircraftEnd',
  'aircraftOk',
  'dockEnd',
  'dockOk',
])

/** Whether a register holds an end that the dock reported, of an archive or of the whole upload. */
export const isEnd = (name: RegisterName): boolean => ends.has(name)

const latestTime = 9_999_999_999_999
const digits = (value: number, width: number): string =>
  String(Math.max(0, Math.trunc(value))).padStart(width, '0')

/** Breaks ties of facts in the same millisecond. Any fixed rule will do; eight digits keep the item small. */
const receipt = (receiptId: string): string => receiptId.slice(0, 8)

/**
 * The order of a register that keeps the earliest fact. In the same millisecond, the higher priority wins.
 */
export const earliest = (at: number, receiptId: string, priority = 0): string =>
  `${digits(latestTime - at, 13)}${priority}${receipt(receiptId)}`

/** The order of a register that keeps the newest fact. */
export const newest = (at: number, receiptId: string): string => `${digits(at, 13)}${receipt(receiptId)}`

/** The order of a register that keeps the furthest fact, and the earliest of those that are equally far. */
export const furthest = (position: number, at: number, receiptId: string): string =>
  `${digits(position, 7)}${earliest(at, receiptId)}`

/** The registers after the facts of `more` are added to `known`. */
export const join = (known: Registers, more: Registers): Registers => ({
  ...known,
  ...factsAhead(more, known),
})

/** The facts of `some` for which `keep` returns true. */
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
