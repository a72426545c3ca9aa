import { PublishCommand } from '@aws-sdk/client-iot-data-plane'
import type { DeviceMessage } from '../../protocols/message.ts'
import type { Env } from './env.ts'
import { iotClient } from './iot-client.ts'

/**
 * Publishes a message to a device at QoS 1. The broker drops a message with an expiry if the device is
 * offline for longer, so that a dock that comes back an hour later starts nothing.
 */
export type Publish = (message: DeviceMessage, options?: { expiresInSeconds?: number }) => Promise<void>

export const publisher = (env: Env): Publish => {
  // Created on first use: most invocations publish nothing.
  let client: ReturnType<typeof iotClient> | undefined
  return async ({ topic, payload }, { expiresInSeconds } = {}) => {
    client ??= iotClient(env)
    await client.send(
      new PublishCommand({ topic, payload: Buffer.from(payload), qos: 1, messageExpiry: expiresInSeconds }),
    )
  }
}
