import { PublishCommand } from '@aws-sdk/client-iot-data-plane'
import type { DeviceMessage } from '../../protocols/message.ts'
import type { Env } from '../env.ts'
import { iotClient } from './iot-client.ts'

/**
 * Sends a message to a device, at QoS 1. A message with an expiry is dropped by the broker when the device is
 * away for longer, so that a dock that comes back an hour later starts nothing.
 */
export type Publish = (message: DeviceMessage, options?: { expiresInSeconds?: number }) => Promise<void>

export const publisher = (env: Env): Publish => {
  // Most invocations send nothing.
  let client: ReturnType<typeof iotClient> | undefined
  return async ({ topic, payload }, { expiresInSeconds } = {}) => {
    client ??= iotClient(env)
    await client.send(
      new PublishCommand({ topic, payload: Buffer.from(payload), qos: 1, messageExpiry: expiresInSeconds }),
    )
  }
}
