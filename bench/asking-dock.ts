import { setTimeout } from 'node:timers/promises'
import mqtt from 'mqtt'
import { methods, topicsOf } from '../protocols/dji-dock/topics.ts'
import { createAsking } from '../simulator/dock/online/asking.ts'
import { comeOnline, type Membership, reportTopology } from '../simulator/dock/online/come-online.ts'

/** A dock that waits for answers without a limit: late ones are measured, not given up. */
export type AskingDock = Awaited<ReturnType<typeof connectDock>>

const patience = 120_000

export const serial = (n: number): string => `7CTDD${String(n).padStart(9, '0')}`
const aircraftSerial = (n: number): string => `1581D${String(n).padStart(9, '0')}`

/** The client id is the serial number, as on a real dock. */
export const connectDock = async (url: string, n: number) => {
  const [dockSn, aircraftSn] = [serial(n), aircraftSerial(n)]
  const client = await mqtt.connectAsync(url, { clientId: dockSn, reconnectPeriod: 0, clean: true })
  const { requestsReply, statusReply, osd, events } = topicsOf(dockSn)
  const stop = new AbortController()
  const asking = createAsking({
    dockSn,
    publish: (topic, payload) => void client.publish(topic, payload, { qos: 1 }),
    now: Date.now,
    wait: (_, signal) => setTimeout(patience, undefined, { signal }),
  })
  client.on('message', (_, payload) => asking.received(payload.toString()))
  await client.subscribeAsync([requestsReply, statusReply], { qos: 1 })
  const machines = { dockSn, aircraftSn, aircraftOn: true }
  const timedAsk = async (ask: () => Promise<unknown>): Promise<number> => {
    const began = performance.now()
    await ask()
    return performance.now() - began
  }
  const how = { stop: stop.signal }
  return {
    dockSn,
    /** All requests of a dock after a connect. */
    comeOnline: (member: Membership) => comeOnline(asking, machines, member, { ...how, onStep: () => {} }),
    /** Milliseconds from each request to its answer. */
    latencies: async () => ({
      config: await timedAsk(() => asking.ask(methods.config, { config_type: 'json' }, how)),
      bindStatus: await timedAsk(() => asking.ask(methods.bindStatus, { devices: [{ sn: dockSn }] }, how)),
      topology: await timedAsk(() => reportTopology(asking, machines, stop.signal)),
    }),
    /** The other traffic: properties, and the list of alarms. */
    work: async (): Promise<void> => {
      await client.publishAsync(osd, JSON.stringify({ gateway: dockSn, data: { mode_code: 0 } }))
      await client.publishAsync(events, JSON.stringify({ method: 'hms', data: { list: [] } }))
    },
    /** Like a power failure: without a DISCONNECT. */
    unplug: async (): Promise<void> => {
      const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
      client.stream.destroy()
      await closed
    },
    close: () => client.endAsync(),
  }
}
