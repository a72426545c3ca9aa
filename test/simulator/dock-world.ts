import { once } from 'node:events'
import { createServer } from 'node:net'
import { Aedes } from 'aedes'
import * as z from 'zod'
import { cancelUpload, listLogs, startUpload } from '../../protocols/dji-remote-log/down.ts'
import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import type { DeviceMessage } from '../../protocols/message.ts'
import { startDock } from '../../simulator/dock/dock.ts'
import { generatedLog } from '../../simulator/dock/logs/files.ts'
import type { DockOptions } from '../../simulator/dock/options.ts'
import { lentCredentials, startObjectStore } from './fake-object-store.ts'

export const dockSn = '7CTDM0000000001'
export const aircraftSn = '1581F0000000001'
export const now = Date.UTC(2026, 2, 1, 12)
export const keyOf = (module: Module): string => `default/${dockSn}/2026-03-01/job-1/${module}.tar`

const MiB = 1024 * 1024
const log = (deviceSn: string, bootIndex: number, sizeBytes: number) =>
  generatedLog(deviceSn, { bootIndex, sizeBytes, startTime: now - 7_200_000, endTime: now - 3_600_000 })

/** Boots 1 and 2 are small on both devices; boot 9 of the dock takes two parts. */
const logs = {
  aircraft: [log(aircraftSn, 1, 700_000), log(aircraftSn, 2, 900_000)],
  dock: [log(dockSn, 1, 700_000), log(dockSn, 2, 1_200_000), log(dockSn, 9, 9 * MiB)],
}

const Progress = z.looseObject({
  module: z.unknown(),
  key: z.string(),
  size: z.number(),
  device_sn: z.string(),
  fingerprint: z.string(),
  progress: z.looseObject({ status: z.string(), result: z.number(), current_step: z.number() }),
})

/** The vendor's envelope as tests look at it; everything may be missing where a quirk says so. */
const Wire = z.looseObject({
  tid: z.string(),
  bid: z.string().optional(),
  method: z.string().optional(),
  gateway: z.string().optional(),
  need_reply: z.number().optional(),
  timestamp: z.number(),
  data: z.looseObject({
    result: z.number().optional(),
    files: z.array(z.looseObject({ module: z.unknown(), result: z.number() })).optional(),
    output: z
      .looseObject({ status: z.string(), ext: z.looseObject({ files: z.array(Progress) }) })
      .optional()
      .catch(undefined),
  }),
})
export type Wire = z.infer<typeof Wire>
export type Heard = { topic: string; raw: string; message: Wire }

export const startBroker = async () => {
  const broker = await Aedes.createBroker()
  const server = createServer(broker.handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const close = async () => {
    await new Promise<void>((resolve) => broker.close(resolve))
    server.close()
  }
  return { broker, url: `mqtt://127.0.0.1:${port}`, close }
}

/** What a dock says, as the broker receives it; `until` also looks back. */
const listen = (broker: Aedes) => {
  const heard: Heard[] = []
  const waiting = new Set<() => void>()
  const up = topicsOf(dockSn)
  const osd = `thing/product/${dockSn}/osd`
  const heardHere = new Set([up.servicesReply, up.events, topicsOf(aircraftSn).events, osd])
  broker.on('publish', (packet) => {
    if (!heardHere.has(packet.topic)) return
    const raw = packet.payload.toString()
    heard.push({ topic: packet.topic, raw, message: Wire.parse(JSON.parse(raw)) })
    for (const wake of waiting) wake()
  })
  const until = (wanted: (heard: Heard) => boolean): Promise<Heard> =>
    new Promise((resolve) => {
      const look = () => {
        const found = heard.find(wanted)
        if (!found) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  return { heard, until }
}

/** A broker, an object store and one dock, at pace `instant` unless a test says otherwise. */
export const startWorld = async (
  options: Partial<DockOptions> = {},
  storeOptions: Parameters<typeof startObjectStore>[0] = {},
) => {
  const mqtt = await startBroker()
  const store = await startObjectStore(storeOptions)
  const { heard, until } = listen(mqtt.broker)
  const common = { mqttUrl: mqtt.url, dockSn, aircraftSn, logs, pace: 'instant', now: () => now } as const
  const dock = await startDock({ ...common, ...options })
  let commands = 0
  const tell = (topic: string, payload: string) =>
    new Promise<void>((resolve) => {
      const packet = { cmd: 'publish', qos: 1, dup: false, retain: false, topic, payload } as const
      mqtt.broker.publish(packet, () => resolve())
    })
  const send = async ({ topic, payload }: DeviceMessage): Promise<void> => tell(topic, payload)
  const head = () => ({ dockSn, commandId: `command-${++commands}`, sentAt: now })
  const command = async (message: DeviceMessage, commandId: string): Promise<Wire> => {
    await send(message)
    const isReply = ({ topic, message: { tid } }: Heard) =>
      topic === topicsOf(dockSn).servicesReply && tid === commandId
    return (await until(isReply)).message
  }
  const list = (modules: Module[] = ['aircraft', 'dock']) => {
    const order = head()
    return command(listLogs({ ...order, processId: 'listing-1', modules }), order.commandId)
  }
  const startMessage = (chosen: Partial<Record<Module, number[]>>, commandId: string): DeviceMessage =>
    startUpload({
      dockSn,
      commandId,
      sentAt: now,
      jobId: 'job-1',
      expireUnit: 'milliseconds',
      storage: { provider: 'minio', bucket: 'archives', region: 'eu-central-1', endpoint: store.endpoint },
      credentials: { ...lentCredentials, expiresAt: now + 3_600_000 },
      archives: (['aircraft', 'dock'] as const).flatMap((module) => {
        const bootIndexes = chosen[module]
        return bootIndexes ? [{ module, objectKey: keyOf(module), bootIndexes }] : []
      }),
    })
  const start = (chosen: Partial<Record<Module, number[]>>) => {
    const { commandId } = head()
    return command(startMessage(chosen, commandId), commandId)
  }
  const cancel = (modules: Module[]) => {
    const order = head()
    return command(cancelUpload({ ...order, jobId: 'job-1', modules }), order.commandId)
  }
  const idle = () => once(dock.events, 'idle')
  /**
   * Starts an export and waits for its last report, and for a later reply: a client's messages keep their
   * order.
   */
  const run = async (chosen: Partial<Record<Module, number[]>>) => {
    const done = idle()
    const reply = await start(chosen)
    await done
    await list()
    return reply
  }
  const reports = () => heard.filter(({ topic }) => topic === topicsOf(dockSn).events)
  const outputs = () => reports().flatMap(({ message }) => message.data.output ?? [])
  const close = async () => {
    await dock.close()
    await mqtt.close()
    store.close()
  }
  return {
    dock,
    store,
    heard,
    until,
    send,
    tell,
    list,
    start,
    startMessage,
    cancel,
    idle,
    run,
    reports,
    outputs,
    close,
    broker: mqtt.broker,
    mqttUrl: mqtt.url,
    closeBroker: mqtt.close,
    /** How a module's archive ended, by the last word on it. */
    last: (module: Module) => {
      const files = outputs().flatMap(({ ext }) => ext.files)
      return files.findLast(({ key }) => key === keyOf(module))
    },
  }
}

export type World = Awaited<ReturnType<typeof startWorld>>
