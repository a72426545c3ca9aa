import type { StoredObject } from '../registers.ts'

/**
 * The order of the objects under one key. S3 orders them by `sequencer`, a hexadecimal number; a shorter one
 * is padded with zeros on the right, so trailing zeros do not matter. Pure.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */

const digits = (sequencer: string): string => sequencer.toUpperCase().replace(/0+$/, '')

/** Replaces each digit by its complement (0 by F, F by 0). Applied twice, it returns the original. */
const complement = (hex: string): string =>
  hex.replaceAll(/[0-9A-F]/g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16).toUpperCase())

/** The order of an object that was found by a request to storage, without an event. */
export const lookedUp = '0'

/**
 * The order of a register that keeps the earliest object. If one sequencer is a prefix of another, the
 * shorter is the earlier one, which the `~` at the end takes care of.
 */
export const earliestObject = (sequencer: string): string => `1${complement(digits(sequencer))}~`

/** The order of a register that keeps the newest object. */
export const newestObject = (sequencer: string): string => `1${digits(sequencer)}`

/** Whether an object was found by a request and has no event; works for pinned objects too. */
export const isLookedUp = ({ order }: StoredObject): boolean => order.split(' ').at(-1) === lookedUp

/** The order as `newestObject` makes it. In a pinned object, the order of its `ok` comes before its own. */
const newestOrder = ({ order }: StoredObject): string =>
  `1${complement((order.split(' ').at(-1) ?? '').slice(1, -1))}`

/**
 * Whether an event reported something after `object`. An object that was found by a request existed at that
 * time.
 */
export const isAfter = (later: { order: string; at: number }, object: StoredObject): boolean =>
  isLookedUp(object) ? later.at > object.at : later.order > newestOrder(object)

/** Whether one object came before another, as far as is known. */
export const precedes = (one: StoredObject, other: StoredObject): boolean =>
  isLookedUp(one) || isLookedUp(other) ? one.at <= other.at : newestOrder(one) < newestOrder(other)
