import type { Device } from '../devices.ts'
import { factsOfStep } from '../facts.ts'
import type { Step } from '../state.ts'
import type { upgradeStore } from '../store.ts'
import type { Docks } from './needs.ts'
import { type DockOfferNeeds, offerMachines } from './offer.ts'
import { answerVersion } from './versions.ts'

export type LookNeeds = DockOfferNeeds & {
  upgrades: Pick<ReturnType<typeof upgradeStore>, 'get' | 'note' | 'record' | 'keepReports'>
  docks: Docks
}

/**
 * Stands in for a version question, since docks cannot be asked: it takes the machine's last reported
 * version, and offers the dock what is due. The look is recorded first, since what is known may change with
 * it.
 */
export const lookAtDock = async (use: LookNeeds, device: Device, step: Step): Promise<void> => {
  const { deviceId, attempt } = device
  await use.upgrades.note(device, factsOfStep(step, use.now(), attempt?.id ?? ''))
  if (step.do !== 'ask') return
  const found = await use.docks.withMachine(deviceId, use.now())
  if (!found) return
  await answerVersion(use, device, found)
  await offerMachines(use, found)
}
