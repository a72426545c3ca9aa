import { type DockHandle, startDock } from '../simulator/dji-dock.ts'

/** The dock that a fresh local stack has, and its aircraft. */
export const demoDock = { dockSn: '7CTDM0000000001', aircraftSn: '1581F0000000001' } as const

/**
 * Registers the demo dock as an operator would, through the HTTP API, and brings it online. Safe to repeat: registering
 * again changes nothing. @throws Error when the API refuses it.
 */
export const startDemo = async (stack: {
  url: string
  mqttUrl: string
  token: (claims: { scopes: string[] }) => Promise<string>
}): Promise<DockHandle> => {
  const response = await fetch(`${stack.url}/v1/docks/${demoDock.dockSn}`, {
    method: 'PUT',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await stack.token({ scopes: ['groundcrew/admin'] })}`,
    },
    body: JSON.stringify({ name: 'Demo dock', aircraftSn: demoDock.aircraftSn }),
  })
  if (!response.ok)
    throw new Error(`The demo dock could not be registered: ${response.status} ${await response.text()}`)
  return startDock({ mqttUrl: stack.mqttUrl, ...demoDock, pace: 'demo' })
}
