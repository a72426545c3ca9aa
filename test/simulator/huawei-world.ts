import { createServer } from 'node:net'
import { Aedes, type Client } from 'aedes'
import * as z from 'zod'
import { type Offer, upgradeOffer, versionQuery } from '../../protocols/huawei-ota/down.ts'
import type { DeviceEvent } from '../../protocols/huawei-ota/facts.ts'
import { nativeTopicsOf, topicsOf } from '../../protocols/huawei-ota/topics.ts'
import { readEvents } from '../../protocols/huawei-ota/up.ts'
import type { DeviceMessage } from '../../protocols/message.ts'
import { startHuaweiDevice } from '../../simulator/huawei/device.ts'
import type { HuaweiDeviceOptions } from '../../simulator/huawei/options.ts'

export const deviceId = '5e06bfee334dd4f33759f5b3_demo'
export const child = '5e06bfee334dd4f33759f5b3_child1'
export const now = Date.UTC(2026, 10, 21, 21, 26, 8)

/** The vendor's message as tests look at it. */
const Wire = z.looseObject({
  object_device_id: z.string().optional(),
  services: z.array(
    z.looseObject({
      service_id: z.string(),
      event_type: z.string(),
      event_time: z.string().nullish(),
      event_id: z.string().nullish(),
      paras: z.looseObject({ version: z.string().optional() }),
    }),
  ),
})
export type Wire = z.infer<typeof Wire>
export type Heard = { topic: string; raw: string; qos: number; message: Wire }

type Credentials = { clientId: string; username: string | undefined; password: string | undefined }

const startBroker = async (accepts: (credentials: Credentials) => boolean) => {
  const signedIn: Credentials[] = []
  const clients: Client[] = []
  const broker = await Aedes.createBroker({
    authenticate: (client, username, password, done) => {
      const credentials = { clientId: client.id, username, password: password?.toString() }
      signedIn.push(credentials)
      clients.push(client)
      done(null, accepts(credentials))
    },
  })
  const server = createServer(broker.handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const close = async () => {
    await new Promise<void>((resolve) => broker.close(resolve))
    server.close()
  }
  const dropAll = () => {
    for (const client of clients) client.close()
  }
  return { broker, signedIn, dropAll, mqttUrl: `mqtt://127.0.0.1:${port}`, close }
}

/** What devices say, as the broker receives it; `until` also looks back. */
const listen = (broker: Aedes) => {
  const heard: Heard[] = []
  const waiting = new Set<() => void>()
  broker.on('publish', ({ topic, payload, qos }) => {
    if (!topic.endsWith('/sys/events/up')) return
    const raw = payload.toString()
    heard.push({ topic, raw, qos, message: Wire.parse(JSON.parse(raw)) })
    for (const wake of waiting) wake()
  })
  const until = (isThere: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = () => {
        if (!isThere()) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  return { heard, until }
}

type Options = Partial<HuaweiDeviceOptions> & { accepts?: (credentials: Credentials) => boolean }

/** A broker and one device, at pace `instant` unless a test says otherwise. */
export const startWorld = async ({ accepts = () => true, ...options }: Options = {}) => {
  const mqtt = await startBroker(accepts)
  const { heard, until } = listen(mqtt.broker)
  const common = { mqttUrl: mqtt.mqttUrl, deviceId, pace: 'instant', now: () => now } as const
  const device = await startHuaweiDevice({ ...common, ...options }).catch(async (error: unknown) => {
    await mqtt.close()
    throw error
  })
  const native = options.topics === 'native'
  const say = ({ payload }: DeviceMessage) =>
    new Promise<void>((resolve) => {
      const topic = (native ? nativeTopicsOf : topicsOf)(deviceId).requests
      const packet = { cmd: 'publish', qos: 1, dup: false, retain: false, topic, payload } as const
      mqtt.broker.publish(packet, () => resolve())
    })
  const sentAt = now
  const ask = (about: string) => say(versionQuery(about, { sentAt, gatewayId: deviceId }))
  const tell = (offer: Offer, about = deviceId) =>
    say(upgradeOffer(about, { sentAt, gatewayId: deviceId, offer }))
  /** Every event heard, as the backend reads it. */
  const reads = () => heard.flatMap(({ raw }) => readEvents(deviceId, new TextEncoder().encode(raw)))
  /** What the backend understood of it. */
  const facts = (): DeviceEvent[] =>
    reads().flatMap((read) => (read.outcome === 'understood' ? [read.fact] : []))
  const close = async () => {
    await device.close()
    await mqtt.close()
  }
  return { ...mqtt, device, heard, until, say, ask, tell, reads, facts, close }
}

export type World = Awaited<ReturnType<typeof startWorld>>
