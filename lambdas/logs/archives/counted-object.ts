import type { Module } from '../../../protocols/dji-remote-log/facts.ts'
import type { Mark, Registers, StoredObject } from '../registers.ts'
import type { ReportedEnd } from '../reported-ends.ts'
import { okToVerify } from '../reported-ends.ts'
import { isAfter, precedes } from './object-order.ts'

/** Decides which object under an archive's key counts, and compares it with the dock's report. Pure. */

export type Verification = 'verified' | 'absent' | 'sizeDiffers' | 'checksumDiffers'

/** How well an object matches the dock's `ok`: by its MD5, by its size alone, or not at all. */
export const strengths = { md5: 2, size: 1, none: 0 } as const
export type Strength = (typeof strengths)[keyof typeof strengths]

/**
 * The object that counts under a key: the best match of the dock's `ok`, and of equal matches the earliest.
 * So a later object changes nothing unless it matches better. If no object matches, the earliest counts.
 */
const countedObject = (registers: Registers, module: Module): StoredObject | undefined => {
  const [first, pinned] = [registers[`${module}Object`], registers[`${module}Pinned`]]
  const reported = okToVerify(registers, module)
  if (!first || !pinned || !reported) return first
  const [ofFirst, ofPinned] = [strengthOf(reported, first), strengthOf(reported, pinned)]
  if (ofFirst !== ofPinned) return ofFirst > ofPinned ? first : pinned
  return ofFirst === strengths.none || precedes(first, pinned) ? first : pinned
}

/**
 * `first` is the earliest known object; `pinned` another one, if that counts; `strengthOf` compares an object
 * with the dock's `ok`; `isSole`: no event reported another object. Undefined if there is nothing to compare.
 */
export const judgementOf = (registers: Registers, module: Module) => {
  const [reported, first] = [okToVerify(registers, module), registers[`${module}Object`]]
  if (!reported || !first || registers[`${module}Deleted`]) return undefined
  const counted = countedObject(registers, module)
  return {
    first,
    ...(counted === first ? {} : { pinned: counted }),
    isSole: isSole(registers, module),
    strengthOf: (object: StoredObject): Strength => strengthOf(reported, object),
    /** Whether another object could match better than the first. */
    isDoubtful:
      compare(reported, first) !== undefined && strengthOf(reported, first) < bestPossible(reported),
  }
}

/** Whether no event reported an object after the earliest one. */
const isSole = (registers: Registers, module: Module): boolean => {
  const [first, later] = [registers[`${module}Object`], registers[`${module}Later`]]
  return !first || !later || !isAfter(later, first)
}

/** The best match that is possible with what the dock reported. */
const bestPossible = ({ md5 }: ReportedEnd): Strength =>
  md5 !== undefined && md5Pattern.test(md5) ? strengths.md5 : strengths.size

const strengthOf = (reported: ReportedEnd, object: StoredObject): Strength => {
  if (compare(reported, object) !== 'verified') return strengths.none
  return isComparable(reported, object) ? strengths.md5 : strengths.size
}

/** What storage holds of an archive, or held when it was deleted: later objects change nothing. */
export const storageOf = (registers: Registers, module: Module): Storage => {
  const { object, later, absent, crowded } = registers[`${module}Deleted`] ?? {
    object: countedObject(registers, module),
    later: registers[`${module}Later`],
    absent: registers[`${module}Absent`] !== undefined,
    crowded: registers[`${module}Crowded`] !== undefined,
  }
  return { object, later, absent: absent ?? false, crowded: crowded ?? false }
}

/** `crowded`: there were more objects than we keep. */
export type Storage = {
  object?: StoredObject | undefined
  later?: Mark | undefined
  absent: boolean
  crowded: boolean
}

/**
 * Compares the dock's `ok` with the object that counts. If there were more objects than we keep, the dock's
 * own may not be among them: then only the MD5 that the dock reported is a proof.
 */
export const verificationOf = (
  reported: ReportedEnd,
  { object, crowded }: Storage,
): Verification | undefined => {
  const outcome = object && compare(reported, object)
  const isUnproved = object && crowded && strengthOf(reported, object) < bestPossible(reported)
  return outcome === 'verified' && isUnproved ? undefined : outcome
}

/**
 * Undefined if the dock reported nothing to compare with. The ETag is the MD5 only of an object that was put
 * in one part (S3 API reference, Object).
 */
const compare = (end: ReportedEnd, object: StoredObject): Verification | undefined => {
  if (end.size !== undefined && end.size !== object.size) return 'sizeDiffers'
  const comparable = isComparable(end, object)
  if (comparable && end.md5?.toLowerCase() !== object.etag.toLowerCase()) return 'checksumDiffers'
  return comparable || end.size !== undefined ? 'verified' : undefined
}

const md5Pattern = /^[0-9a-f]{32}$/i

const isComparable = ({ md5 }: ReportedEnd, { etag }: StoredObject): boolean =>
  md5 !== undefined && md5Pattern.test(md5) && md5Pattern.test(etag)
