import { join } from 'node:path'
import * as z from 'zod'
import { operatorEnv } from '../redrive/local-data.ts'

const Addresses = z
  .object({
    GROUNDCREW_API_URL: z.string(),
    GROUNDCREW_MQTT_URL: z.string(),
    GROUNDCREW_EDGE_URL: z.string(),
    GROUNDCREW_DOCK_URL: z.string(),
  })
  .transform((variables) => ({
    url: variables.GROUNDCREW_API_URL,
    mqttUrl: variables.GROUNDCREW_MQTT_URL,
    edgeUrl: variables.GROUNDCREW_EDGE_URL,
    dockUrl: variables.GROUNDCREW_DOCK_URL,
  }))

/** The default data directory of `npm start`. */
export const usualData = join(import.meta.dirname, '..', '.groundcrew')

/** The default addresses of a stack. */
const usual = {
  url: 'http://127.0.0.1:3000',
  mqttUrl: 'mqtt://127.0.0.1:1883',
  edgeUrl: 'mqtt://127.0.0.1:1884',
  dockUrl: 'mqtt://127.0.0.1:1885',
}

/**
 * The addresses of the stack that runs over `data`, which it records while it runs; the defaults if there is
 * no record.
 */
export const runningOver = (data = usualData): typeof usual => {
  return Addresses.safeParse(operatorEnv(data)).data ?? usual
}
