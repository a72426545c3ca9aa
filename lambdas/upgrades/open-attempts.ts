import { isOpen } from './attempts.ts'
import type { upgradeStore } from './store.ts'
import { attemptHref } from './view.ts'

/** Addresses of the driven attempts that are open for these machines. Only reads. */
export const drivenAttempts =
  (upgrades: Pick<ReturnType<typeof upgradeStore>, 'get'>) =>
  async (sns: readonly string[], now: number): Promise<string[]> => {
    const devices = await Promise.all(sns.map((sn) => upgrades.get(sn)))
    return devices.flatMap((device) =>
      device?.attempt?.packageId !== undefined && isOpen(device, now)
        ? [attemptHref(device.deviceId, device.attempt.id)]
        : [],
    )
  }
