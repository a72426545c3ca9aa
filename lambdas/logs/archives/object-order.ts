import type { StoredObject } from '../registers.ts'

/**
 * Orders of the objects under one key. S3 orders them by `sequencer`, hexadecimal digits of which the shorter
 * ones are padded with zeros on the right, so that zeros at the end say nothing. Pure.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */

const digits = (sequencer: string): string => sequencer.toUpperCase().replace(/0+$/, '')

/** Its own reverse: 0 for F, F for 0. */
const complement = (hex: string): string =>
  hex.replaceAll(/[0-9A-F]/g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16).toUpperCase())

/** The order of an object that a look into storage found. */
export const lookedUp = '0'

/**
 * The order of a register that keeps the earliest object. Of two that begin alike the shorter one is the
 * earlier: hence the end.
 */
export const earliestObject = (sequencer: string): string => `1${complement(digits(sequencer))}~`

/** The order of a register that keeps the newest object. */
export const newestObject = (sequencer: string): string => `1${digits(sequencer)}`

/** Whether a look into storage found it, and no event told of it; also of what was pinned. */
export const isLookedUp = ({ order }: StoredObject): boolean => order.split(' ').at(-1) === lookedUp

/** The newest-order of an object from an event; what was pinned has the order of its `ok` before its own. */
const newestOrder = ({ order }: StoredObject): string =>
  `1${complement((order.split(' ').at(-1) ?? '').slice(1, -1))}`

/**
 * Whether an event told of something that came after `object`. What was looked up was there when we looked.
 */
export const isAfter = (later: { order: string; at: number }, object: StoredObject): boolean =>
  isLookedUp(object) ? later.at > object.at : later.order > newestOrder(object)

/** Whether one object came before another, as far as can be told. */
export const precedes = (one: StoredObject, other: StoredObject): boolean =>
  isLookedUp(one) || isLookedUp(other) ? one.at <= other.at : newestOrder(one) < newestOrder(other)
