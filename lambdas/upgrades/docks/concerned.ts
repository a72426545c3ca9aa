import type { Device } from '../devices.ts'
import { isOpenState, upgradeStatus } from '../state.ts'

/** Which machines a dock's report is about: the report names none. Pure. */

/** A machine that was offered a package, with the dock's id for the offer. */
export type Upgrading = { sn: string; processId: string | undefined; device: Device }

/**
 * The machines of the offer that the report names. Some docks use ids of their own: then it is the upgrade
 * that is open at this dock, which has one at a time.
 */
export const concerned = (
  upgrading: readonly Upgrading[],
  processId: string | undefined,
  now: number,
): Upgrading[] => {
  const named = upgrading.filter((one) => processId !== undefined && one.processId === processId)
  if (named.length > 0) return named
  const newest = upgrading
    .filter(({ device: { attempt, registers } }) => isOpenState(upgradeStatus(attempt, registers, now)))
    .toSorted((one, other) => orderOf(other).localeCompare(orderOf(one)))[0]
  return newest ? upgrading.filter((one) => one.processId === newest.processId) : []
}

const orderOf = ({ device }: Upgrading): string => device.registers.offered?.order ?? ''
