import * as z from 'zod'
import { methods } from '../../protocols/dji-firmware/topics.ts'
import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import type { Faults } from '../faults.ts'
import { resultCodes } from '../result-codes.ts'
import type { MachinePackage } from './upgrade-run.ts'

/** Kinds of upgrades: 2 brings parts of one machine in order, 3 is another release. */
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

/** What a dock reads of an offer, more strictly than the vendor's example, which leaves fields out. */
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

/** What of an offer a dock goes about, or the code with which it refuses. */
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
  // The machines of a simulated dock always fit.
  if (devices.some((device) => device.firmware_upgrade_type === consistency))
    return { refused: resultCodes.noneNeeded }
  if (!isAircraftOn && modules.has('aircraft')) return { refused: resultCodes.aircraftNotReady }
  return { packages }
}
