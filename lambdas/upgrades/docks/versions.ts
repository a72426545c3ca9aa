import type { Receipt } from '../../queue/receipt.ts'
import type { Device } from '../devices.ts'
import { receivedAt } from '../registers.ts'
import type { upgradeStore } from '../store.ts'
import { reportOfVersion } from './events.ts'
import type { DockOnSite, Docks, Runs } from './needs.ts'

/** The versions that machines of docks report, as evidence for the upgrades that they were offered. */

type Needs = {
  upgrades: Pick<ReturnType<typeof upgradeStore>, 'get' | 'record' | 'keepReports'>
  docks: Docks
  now: () => number
}

type ReportedVersion = { sn: string; dockSn: string; runs: Runs; receipt: Receipt }

/**
 * Records a version that a machine reports through the dock `dockSn`. Ignores machines that we do not
 * upgrade. `notItsDock`: another dock speaks for the machine. Idempotent.
 */
export const takeVersion = async (
  use: Needs,
  { sn, dockSn, runs, receipt }: ReportedVersion,
): Promise<'taken' | 'ignored' | 'notItsDock'> => {
  const device = await use.upgrades.get(sn)
  if (device?.attempt?.machines !== 'docks' || !isNews(device, runs)) return 'ignored'
  const found = await use.docks.withMachine(sn, use.now())
  if (found?.dockSn !== dockSn) return 'notItsDock'
  await keepVersion(use, device, { runs, found, receipt })
  return 'taken'
}

/**
 * A relay repeats what it once heard: the same version again is no news, unless it is the target, which a
 * restart turns into the proof.
 */
const isNews = ({ attempt, registers }: Device, { version, isRelayed }: Runs): boolean =>
  !isRelayed || version !== registers.firmware?.version || version === attempt?.target

/**
 * Answers a version question from presence data, since docks cannot be asked. Before an offer the last
 * reported version holds until now, since machines report a change; not for an absent dock, which may be
 * upgraded elsewhere. After an offer it counts from the time when it was reported.
 */
export const answerVersion = async (use: Needs, device: Device, found: DockOnSite): Promise<void> => {
  const { offered, firmware } = device.registers
  const runs = found.machines.find(({ sn }) => sn === device.deviceId)?.runs
  if (!runs || (!offered && found.isOffline)) return
  if (offered) {
    if (runs.at <= receivedAt(offered) || !isNews(device, runs)) return
  } else if (firmware?.version === runs.version && receivedAt(firmware) >= (device.attempt?.openedAt ?? 0))
    return
  const at = offered ? runs.at : use.now()
  await keepVersion(use, device, { runs, found, receipt: { receivedAt: at, receiptId: device.deviceId } })
}

const keepVersion = async (
  { upgrades }: Needs,
  { deviceId, attempt, registers: { offered } }: Device,
  { runs, found, receipt }: { runs: Runs; found: DockOnSite; receipt: Receipt },
): Promise<void> => {
  // A version that we did not install needs no restart to count.
  const hasRestarted = offered === undefined || found.cameAt > receivedAt(offered)
  const target = attempt?.target ?? ''
  const reported = [
    { event: reportOfVersion(deviceId, runs.version, { target, hasRestarted }), receipt, index: 0 },
  ]
  const recorded = await upgrades.record(deviceId, deviceId, reported)
  if (recorded !== 'notItsChild') await upgrades.keepReports(recorded, reported)
}
