import { createHash, randomInt } from 'node:crypto'

/** Binding codes: what an operator types into the remote controller of a dock. */

/** Without the look-alikes 0 and O, 1, I and L. */
const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'
const length = 12

/** A new code, of 59 bits: nobody guesses it while it is good, nor finds it from its hash. */
export const newCode = (): string =>
  Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('')

/** How a code is kept and found: as a hash, whatever capitals, blanks and hyphens it was typed with. */
export const hashOfCode = (typed: string): string =>
  createHash('sha256').update(typed.toUpperCase().replaceAll(/[\s-]/g, '')).digest('hex')

/** By which people know it again. */
export const hintOf = (code: string): string => code.slice(-4)
