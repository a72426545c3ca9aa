import type { Receipt } from '../../queue/receipt.ts'
import type { Device } from '../devices.ts'
import { receivedAt } from '../registers.ts'
import type { upgradeStore } from '../store.ts'
import { reportOfVersion } from './events.ts'
import type { DockOnSite, Docks, Runs } from './needs.ts'

/** What a machine of a dock says that it runs, as a word on the upgrade that it is offered. */

type Needs = {
  upgrades: Pick<ReturnType<typeof upgradeStore>, 'get' | 'record' | 'keepReports'>
  docks: Docks
  now: () => number
}

type Said = { sn: string; dockSn: string; runs: Runs; receipt: Receipt }

/**
 * Takes in what a machine says, by the dock `dockSn`. Of one that we do not upgrade nothing is kept here.
 * `notItsDock`: another dock speaks for it. Safe to repeat.
 */
export const takeVersion = async (
  use: Needs,
  { sn, dockSn, runs, receipt }: Said,
): Promise<'taken' | 'ignored' | 'notItsDock'> => {
  const device = await use.upgrades.get(sn)
  if (device?.attempt?.machines !== 'docks' || !isNews(device, runs)) return 'ignored'
  const found = await use.docks.withMachine(sn, use.now())
  if (found?.dockSn !== dockSn) return 'notItsDock'
  await keepVersion(use, device, { runs, found, receipt })
  return 'taken'
}

/**
 * A relay repeats what it heard once: of the same version it says nothing new, unless that is the target,
 * which a restart makes the proof.
 */
const isNews = ({ attempt, registers }: Device, { version, isRelayed }: Runs): boolean =>
  !isRelayed || version !== registers.firmware?.version || version === attempt?.target

/**
 * The newest word on what a machine runs, from what is known of presence: of a dock, which can be asked
 * nothing, the answer to the question. Before it was offered anything the last word holds until now, since a
 * machine says when it changes; not of a dock that is away, which may be upgraded elsewhere. Later it counts
 * for the time when it was said.
 */
export const answerVersion = async (use: Needs, device: Device, found: DockOnSite): Promise<void> => {
  const { offered, firmware } = device.registers
  const runs = found.machines.find(({ sn }) => sn === device.deviceId)?.runs
  if (!runs || (!offered && found.isAbsent)) return
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
  // What was not installed by us needs no restart to be believed.
  const hasRestarted = offered === undefined || found.cameAt > receivedAt(offered)
  const target = attempt?.target ?? ''
  const reported = [
    { event: reportOfVersion(deviceId, runs.version, { target, hasRestarted }), receipt, index: 0 },
  ]
  const recorded = await upgrades.record(deviceId, deviceId, reported)
  if (recorded !== 'notItsChild') await upgrades.keepReports(recorded.device, reported)
}
