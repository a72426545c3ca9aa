import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane'
import type { DeviceMessage } from '../../protocols/message.ts'
import { type Env, env as names } from '../env.ts'
import { clientSettings } from './aws-client.ts'

/**
 * Sends a message to a device, at QoS 1. A message with an expiry is dropped by the broker when the device is
 * away for longer, so that a dock that comes back an hour later starts nothing.
 */
export type Publish = (message: DeviceMessage, options?: { expiresInSeconds?: number }) => Promise<void>

export const publisher = (env: Env): Publish => {
  const endpoint = env[names.iotEndpoint]
  const client = new IoTDataPlaneClient({ ...clientSettings(), ...(endpoint ? { endpoint } : {}) })
  return async ({ topic, payload }, { expiresInSeconds } = {}) => {
    await client.send(
      new PublishCommand({ topic, payload: Buffer.from(payload), qos: 1, messageExpiry: expiresInSeconds }),
    )
  }
}
