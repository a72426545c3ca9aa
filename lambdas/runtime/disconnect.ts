import { DeleteConnectionCommand, ResourceNotFoundException } from '@aws-sdk/client-iot-data-plane'
import type { Env } from './env.ts'
import { errorFields } from './error-fields.ts'
import { iotClient } from './iot-client.ts'
import { log } from './log.ts'

/**
 * Closes a client's connection and deletes its session with all queued messages. Does nothing if the client
 * is not connected. Never throws: the caller has already revoked the right, and a connection that could not
 * be closed ends when its policy is refreshed. Safe to repeat.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_iotdata_DeleteConnection.html
 */
export type Disconnect = (clientId: string) => Promise<void>

export const disconnecter = (env: Env): Disconnect => {
  // Created on first use, which most instances never reach.
  let client: ReturnType<typeof iotClient> | undefined
  return async (clientId) => {
    client ??= iotClient(env)
    try {
      await client.send(new DeleteConnectionCommand({ clientId, cleanSession: true }))
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return
      log('connectionNotEnded', { clientId, ...errorFields(error) })
    }
  }
}
