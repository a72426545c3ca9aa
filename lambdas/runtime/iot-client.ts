import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane'
import { clientSettings } from './aws-client.ts'
import { type Env, env as names } from './env.ts'

/** A client of IoT Core's data plane, at the account's own endpoint if the environment names it. */
export const iotClient = (env: Env): IoTDataPlaneClient => {
  const endpoint = env[names.iotEndpoint]
  return new IoTDataPlaneClient({ ...clientSettings(), ...(endpoint ? { endpoint } : {}) })
}
