/**
 * Physical names and ids. They depend only on the stack's name and the logical id, so a resource finds its
 * data again after a restart.
 */
import { createHash } from 'node:crypto'

const digest = (seed: string): string => createHash('sha256').update(seed).digest('hex')

/** `length` lower-case letters and digits, derived from the seed. */
export const stableId = (seed: string, length: number): string =>
  BigInt(`0x${digest(seed)}`)
    .toString(36)
    .padStart(length, '0')
    .slice(-length)

/** A UUID derived from the seed. */
export const stableUuid = (seed: string): string =>
  digest(seed).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5')

/** A name within the service's length; a longer one is cut and made unique by a hash of the whole. */
export const nameWithin = (name: string, length: number): string =>
  name.length <= length ? name : `${name.slice(0, length - 9)}-${digest(name).slice(0, 8)}`
