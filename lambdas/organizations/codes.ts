import { createHash, randomInt } from 'node:crypto'

/** Binding codes, which an operator types into a dock's remote controller. */

/** Without the look-alikes 0 and O, 1, I and L. */
const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'
const length = 12

/** A new code of 59 bits: too many to guess while it is valid, or to find from its hash. */
export const newCode = (): string =>
  Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('')

/** Codes are stored and looked up as a hash, which ignores case, blanks and hyphens. */
export const hashOfCode = (typed: string): string =>
  createHash('sha256').update(typed.toUpperCase().replaceAll(/[\s-]/g, '')).digest('hex')

/** The last characters, by which people recognize a code. */
export const hintOf = (code: string): string => code.slice(-4)
