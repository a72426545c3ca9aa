import * as z from 'zod'
import { methods } from '../../../protocols/dji-firmware/topics.ts'
import type { Module } from '../../../protocols/dji-remote-log/facts.ts'
import type { Faults } from '../faults.ts'
import { resultCodes } from '../result-codes.ts'
import type { MachinePackage } from './upgrade-run.ts'

/** Kinds of upgrades: 2 brings the parts of one machine to the same version, 3 is another release. */
const consistency = 2

const Text = z.string().min(1)
const Device = z.object({
  sn: Text,
  product_version: Text,
  file_url: z.url({ protocol: /^https?$/ }).max(10_240),
  md5: z.string().regex(/^[0-9a-fA-F]{32}$/),
  file_size: z.int().min(1),
  file_name: Text,
  firmware_upgrade_type: z.union([z.literal(consistency), z.literal(3)]),
})

/** A dock's schema of an offer, stricter than the vendor's example, which omits fields. */
export const UpgradeOrder = z
  .object({ devices: z.array(Device).min(1).max(2) })
  .transform(({ devices }) => ({ method: methods.create, devices }))
export type UpgradeOrder = z.output<typeof UpgradeOrder>

type Machines = {
  serials: Readonly<Record<Module, string>>
  faults: () => Faults
  isExporting: boolean
  isFlying: boolean
  isUpgrading: boolean
  isDebugging: boolean
  isAircraftOn: boolean
}

/** The packages of an offer that a dock will install, or the code with which it refuses. */
export const planUpgrade = (
  { serials, faults, isExporting, isFlying, isUpgrading, isDebugging, isAircraftOn }: Machines,
  { devices }: UpgradeOrder,
): { packages: MachinePackage[] } | { refused: number } => {
  const { refuseUpgrade } = faults()
  const packages = devices.flatMap(({ sn, product_version, file_url, md5, file_size }): MachinePackage[] => {
    const module = sn === serials.dock ? 'dock' : sn === serials.aircraft ? 'aircraft' : undefined
    return module ? [{ module, version: product_version, url: file_url, md5, size: file_size }] : []
  })
  const modules = new Set(packages.map(({ module }) => module))
  if (refuseUpgrade !== undefined) return { refused: refuseUpgrade }
  if (isUpgrading) return { refused: resultCodes.upgrading }
  if (isDebugging) return { refused: resultCodes.debuggedAlready }
  if (modules.size < devices.length) return { refused: resultCodes.upgradeParameters }
  if (isExporting || isFlying) return { refused: resultCodes.upgradeBusy }
  // The parts of a simulated dock always have the same version.
  if (devices.some((device) => device.firmware_upgrade_type === consistency))
    return { refused: resultCodes.noneNeeded }
  if (!isAircraftOn && modules.has('aircraft')) return { refused: resultCodes.aircraftNotReady }
  return { packages }
}
