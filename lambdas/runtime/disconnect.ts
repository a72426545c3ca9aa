import { DeleteConnectionCommand, ResourceNotFoundException } from '@aws-sdk/client-iot-data-plane'
import type { Env } from '../env.ts'
import { errorFields } from './error-fields.ts'
import { iotClient } from './iot-client.ts'
import { log } from './log.ts'

/**
 * Ends a client's connection and forgets its session, with what waits in it. One that is not connected is as
 * good. Never throws: whoever calls has taken the right away already, and a connection that could not be
 * ended is found out when its policy is refreshed. Safe to repeat.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_iotdata_DeleteConnection.html
 */
export type Disconnect = (clientId: string) => Promise<void>

export const disconnecter = (env: Env): Disconnect => {
  // Made with the first connection that has to be ended.
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
