import type { Attempt } from '../../lambdas/upgrades/attempt.ts'
import type { Device } from '../../lambdas/upgrades/devices.ts'

/** A device that has said nothing yet, as the store knows it; `attempt`: what was opened for it. */
export const blankDevice = (deviceId: string, attempt: Attempt | undefined): Device => ({
  deviceId,
  fleet: 'default',
  parentId: undefined,
  registeredAt: undefined,
  attempt,
  registers: {},
  rev: 1,
  indexed: {},
})
