import * as z from 'zod/mini'
import { type Fleets, includes } from '../table/fleets.ts'
import { deviceKey } from '../table/keys.ts'
import { UpgradeRegisters } from './registers.ts'
import { type Attempt, defaultProveSeconds } from './state.ts'

/**
 * A device's hot item, pk `DEVICE#{deviceId}`, sk `DEVICE`: its registration, its newest attempt and that
 * attempt's registers. A removed device has no `kind`; its item stays until its records expire, at
 * `expiresAt`, or until it speaks again. When another attempt is opened, the old one moves to `ATTEMPT#{id}`,
 * an item of the same shape.
 */
const Item = z.object({
  pk: z.string(),
  kind: z.optional(z.string()),
  expiresAt: z.optional(z.number()),
  fleet: z.string(),
  parentId: z.optional(z.string()),
  registeredAt: z.optional(z.number()),
  attemptId: z.optional(z.string()),
  package: z.optional(z.enum(['firmware', 'software'])),
  target: z.optional(z.string()),
  openedAt: z.optional(z.number()),
  timeoutSeconds: z.optional(z.number()),
  proveSeconds: z.optional(z.number()),
  campaignId: z.optional(z.string()),
  phase: z.optional(z.number()),
  packageId: z.optional(z.string()),
  machines: z.optional(z.literal('docks')),
  requestedBy: z.optional(z.string()),
  state: z.optional(z.string()),
  evidence: z.optional(z.string()),
  version: z.optional(z.string()),
  reason: z.optional(z.string()),
  checkAt: z.optional(z.number()),
  rev: z.optional(z.number()),
  ...UpgradeRegisters.shape,
})

/**
 * What the index projections have of a device: its state, how well that is known, its reported version, and
 * why it failed.
 */
export type UpgradeIndexEntry = {
  state?: string | undefined
  evidence?: string | undefined
  version?: string | undefined
  reason?: string | undefined
  checkAt?: number | undefined
}

/** `rev` counts the writes of registers. */
export type Device = {
  deviceId: string
  fleet: string
  parentId: string | undefined
  registeredAt: number | undefined
  /** It was removed, and has not spoken since. */
  isRemoved?: boolean
  /** When its records expire, epoch seconds. */
  expiresAt?: number | undefined
  attempt: Attempt | undefined
  registers: UpgradeRegisters
  rev: number
  indexed: UpgradeIndexEntry
}

/**
 * Whether a caller may act on a named device. An unknown device has no fleet yet, so only a caller for all
 * fleets may be the first to name it. To others it is like a device of another fleet (ADR 0024), and so is a
 * removed one.
 */
export const isNameable = (
  device: { fleet: string; isRemoved?: boolean } | undefined,
  fleets: Fleets,
): boolean =>
  fleets === 'all' || (device !== undefined && !device.isRemoved && includes(fleets, device.fleet))

export const readDevice = (item: unknown): Device => {
  const {
    pk,
    kind,
    expiresAt,
    fleet,
    parentId,
    registeredAt,
    attemptId,
    package: of,
    target,
    openedAt,
    timeoutSeconds,
    proveSeconds = defaultProveSeconds,
    campaignId,
    phase,
    packageId,
    machines,
    requestedBy = '',
    state,
    evidence,
    version,
    reason,
    checkAt,
    rev = 0,
    ...registers
  } = Item.parse(item)
  const isComplete =
    attemptId !== undefined &&
    of &&
    target !== undefined &&
    openedAt !== undefined &&
    timeoutSeconds !== undefined
  return {
    deviceId: pk.slice(deviceKey('').pk.length),
    fleet,
    parentId,
    registeredAt,
    isRemoved: kind === undefined,
    expiresAt,
    attempt: isComplete
      ? {
          id: attemptId,
          package: of,
          target,
          openedAt,
          timeoutSeconds,
          proveSeconds,
          campaignId,
          phase,
          packageId,
          machines,
          requestedBy,
        }
      : undefined,
    registers,
    rev,
    indexed: { state, evidence, version, reason, checkAt },
  }
}

/** An attempt as the attributes of an item. */
export const attemptAttributes = (attempt: Attempt) => {
  const { id, package: of, proveSeconds, ...more } = attempt
  const proof = proveSeconds === defaultProveSeconds ? {} : { proveSeconds }
  return { attemptId: id, package: of, ...proof, ...more }
}
