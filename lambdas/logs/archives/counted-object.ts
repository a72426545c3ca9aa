import type { Module } from '../../../protocols/dji-remote-log/facts.ts'
import type { Mark, Registers, StoredObject } from '../registers.ts'
import type { ToldEnd } from '../told-ends.ts'
import { wordOf } from '../told-ends.ts'
import { precedes } from './object-order.ts'

/** Which of the objects under an archive's key counts, and how it compares with the dock's word. Pure. */

export type Verification = 'verified' | 'absent' | 'sizeDiffers' | 'checksumDiffers'

/**
 * The object that counts of those under a key: of those that are what the dock's `ok` says the earliest, so
 * that nothing that comes later changes it; if there is none, the earliest.
 */
const countedObject = (registers: Registers, module: Module): StoredObject | undefined => {
  const [first, pinned] = [registers[`${module}Object`], registers[`${module}Pinned`]]
  const word = wordOf(registers, module)
  if (!first || !pinned || !word || compare(word, pinned) !== 'verified') return first
  return compare(word, first) === 'verified' && precedes(first, pinned) ? first : pinned
}

/**
 * `first`: the earliest object known; `pinned`: another, where that counts; `isMatch` holds an object against
 * the dock's `ok`, `isMismatch` says that of the first. Undefined where there is nothing to judge.
 */
export const judgementOf = (registers: Registers, module: Module) => {
  const [word, first] = [wordOf(registers, module), registers[`${module}Object`]]
  if (!word || !first || registers[`${module}Deleted`]) return undefined
  const counted = countedObject(registers, module)
  return {
    first,
    ...(counted === first ? {} : { pinned: counted }),
    isMatch: (object: StoredObject): boolean => compare(word, object) === 'verified',
    isMismatch: !['verified', undefined].includes(compare(word, first)),
  }
}

/**
 * What storage holds of an archive, or held when it was deleted: an object that comes later changes nothing.
 */
export const storageOf = (
  registers: Registers,
  module: Module,
): { object?: StoredObject | undefined; later?: Mark | undefined; absent: boolean } => {
  const { object, later, absent } = registers[`${module}Deleted`] ?? {
    object: countedObject(registers, module),
    later: registers[`${module}Later`],
    absent: registers[`${module}Absent`] !== undefined,
  }
  return { object, later, absent: absent ?? false }
}

/**
 * Undefined where the dock told nothing to compare with. The ETag is the MD5 only of an object that was put
 * in one part; S3's API reference, Object.
 */
export const compare = (end: ToldEnd, object: StoredObject): Verification | undefined => {
  if (end.size !== undefined && end.size !== object.size) return 'sizeDiffers'
  const md5 = /^[0-9a-f]{32}$/i
  const comparable = end.md5 !== undefined && md5.test(end.md5) && md5.test(object.etag)
  if (comparable && end.md5?.toLowerCase() !== object.etag.toLowerCase()) return 'checksumDiffers'
  return comparable || end.size !== undefined ? 'verified' : undefined
}
