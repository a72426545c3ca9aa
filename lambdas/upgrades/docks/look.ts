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
 * What a question is to a device: a dock can be asked nothing, so what it said last is looked at, and it is
 * offered what is due. That it was looked at is written down first: what is known of it then may change.
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
