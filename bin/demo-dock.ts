import type { LocalDeployment } from '../local/start.ts'
import { type DockHandle, startDock } from '../simulator/dock/dock.ts'
import { registerOnce } from './demo-request.ts'

/** The dock of a fresh local stack, and its aircraft. */
export const demoDock = { dockSn: '7CTDM0000000001', aircraftSn: '1581F0000000001' } as const

/**
 * Registers the demo dock as an operator would, through the HTTP API, and brings it online. Safe to repeat: a
 * registered dock keeps its name and other fields. @throws Error if the API refuses it.
 */
export const startDemoDock = async (
  stack: Pick<LocalDeployment, 'url' | 'token' | 'mqttUrl'>,
): Promise<DockHandle> => {
  const settings = { name: 'Demo dock', aircraftSn: demoDock.aircraftSn }
  await registerOnce(stack, `/v1/docks/${demoDock.dockSn}`, settings)
  return startDock({ mqttUrl: stack.mqttUrl, ...demoDock, pace: 'demo' })
}
