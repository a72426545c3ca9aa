import { randomInt } from 'node:crypto'

const { GROUNDCREW_SEED: wanted, GROUNDCREW_FAULT_ROUNDS: rounds } = process.env

/** Whether each fault is tried on a backend of its own, again and again: `npm run test:faults`. */
export const isLong = rounds !== undefined

/**
 * What chance is made from. The short form has one seed, the same each time, so that `npm test` tells of a
 * change and not of luck; the long form a new one each round. A test's name says its seed, with which
 * `GROUNDCREW_SEED` has the same again.
 */
export const seeds: readonly number[] = wanted
  ? [Number(wanted)]
  : isLong
    ? Array.from({ length: Number(rounds) }, () => randomInt(1, 2 ** 31))
    : [1]

/**
 * Who takes part in a world: everybody, and in the short form the first, who is well, and one of the others in
 * turn, so that all of them meet some fault.
 */
export const takingPart = <Character>(
  [first, ...others]: readonly [Character, ...Character[]],
  turn: number,
): Character[] => [first, ...others.filter((_, n) => isLong || n === turn % others.length)]
