import type { Module } from '../../../protocols/dji-remote-log/facts.ts'
import type { Mark, Registers, StoredObject } from '../registers.ts'
import type { ToldEnd } from '../told-ends.ts'
import { wordOf } from '../told-ends.ts'
import { isAfter, precedes } from './object-order.ts'

/** Which of the objects under an archive's key counts, and how it compares with the dock's word. Pure. */

export type Verification = 'verified' | 'absent' | 'sizeDiffers' | 'checksumDiffers'

/** How surely an object is what the dock's word says: by its MD5, by its size alone, or not. */
export const strengths = { md5: 2, size: 1, none: 0 } as const
export type Strength = (typeof strengths)[keyof typeof strengths]

/**
 * The object that counts of those under a key: of those that are what the dock's `ok` says the surest, of
 * equally sure ones the earliest, so that nothing that comes later and is no surer changes it; if there is
 * none, the earliest.
 */
const countedObject = (registers: Registers, module: Module): StoredObject | undefined => {
  const [first, pinned] = [registers[`${module}Object`], registers[`${module}Pinned`]]
  const word = wordOf(registers, module)
  if (!first || !pinned || !word) return first
  const [ofFirst, ofPinned] = [strengthOf(word, first), strengthOf(word, pinned)]
  if (ofFirst !== ofPinned) return ofFirst > ofPinned ? first : pinned
  return ofFirst === strengths.none || precedes(first, pinned) ? first : pinned
}

/**
 * `first`: the earliest object known; `pinned`: another, where that counts; `strengthOf` holds an object
 * against the dock's `ok`; `isSole`: no event told of another than the first. Undefined where there is nothing
 * to judge.
 */
export const judgementOf = (registers: Registers, module: Module) => {
  const [word, first] = [wordOf(registers, module), registers[`${module}Object`]]
  if (!word || !first || registers[`${module}Deleted`]) return undefined
  const counted = countedObject(registers, module)
  return {
    first,
    ...(counted === first ? {} : { pinned: counted }),
    isSole: isSole(registers, module),
    strengthOf: (object: StoredObject): Strength => strengthOf(word, object),
    /** Whether another object could be surer than the first: nothing is known of one that tells nothing. */
    isDoubtful: compare(word, first) !== undefined && strengthOf(word, first) < surestFor(word),
  }
}

/** Whether no event told of another object than the earliest known. */
const isSole = (registers: Registers, module: Module): boolean => {
  const [first, later] = [registers[`${module}Object`], registers[`${module}Later`]]
  return !first || !later || !isAfter(later, first)
}

/** What the dock told to compare with. */
const surestFor = ({ md5 }: ToldEnd): Strength =>
  md5 !== undefined && md5Pattern.test(md5) ? strengths.md5 : strengths.size

const strengthOf = (word: ToldEnd, object: StoredObject): Strength => {
  if (compare(word, object) !== 'verified') return strengths.none
  return isComparable(word, object) ? strengths.md5 : strengths.size
}

/**
 * What storage holds of an archive, or held when it was deleted: an object that comes later changes nothing.
 */
export const storageOf = (registers: Registers, module: Module): Storage => {
  const { object, later, absent, crowded } = registers[`${module}Deleted`] ?? {
    object: countedObject(registers, module),
    later: registers[`${module}Later`],
    absent: registers[`${module}Absent`] !== undefined,
    crowded: registers[`${module}Crowded`] !== undefined,
  }
  return { object, later, absent: absent ?? false, crowded: crowded ?? false }
}

/** `crowded`: there were more objects than are kept. */
export type Storage = {
  object?: StoredObject | undefined
  later?: Mark | undefined
  absent: boolean
  crowded: boolean
}

/**
 * What comparing the dock's word with the object that counts says. Where there were more objects than are kept, the
 * dock's own may be among those that are not: then nothing but the MD5 that it told is a proof.
 */
export const verificationOf = (word: ToldEnd, { object, crowded }: Storage): Verification | undefined => {
  const outcome = object && compare(word, object)
  const isUnproved = object && crowded && strengthOf(word, object) < surestFor(word)
  return outcome === 'verified' && isUnproved ? undefined : outcome
}

/**
 * Undefined where the dock told nothing to compare with. The ETag is the MD5 only of an object that was put
 * in one part; S3's API reference, Object.
 */
const compare = (end: ToldEnd, object: StoredObject): Verification | undefined => {
  if (end.size !== undefined && end.size !== object.size) return 'sizeDiffers'
  const comparable = isComparable(end, object)
  if (comparable && end.md5?.toLowerCase() !== object.etag.toLowerCase()) return 'checksumDiffers'
  return comparable || end.size !== undefined ? 'verified' : undefined
}

const md5Pattern = /^[0-9a-f]{32}$/i

const isComparable = ({ md5 }: ToldEnd, { etag }: StoredObject): boolean =>
  md5 !== undefined && md5Pattern.test(md5) && md5Pattern.test(etag)
