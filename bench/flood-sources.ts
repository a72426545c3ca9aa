import { setTimeout as pause } from 'node:timers/promises'
import mqtt, { type MqttClient } from 'mqtt'
import * as z from 'zod'
import type { LocalDeployment } from '../local/start.ts'
import { eachOf } from './each-of.ts'
import { measure, type Neighbour, type Row, type Say, startWatched } from './flooded.ts'
import { type Opened, openUpload, readUpload } from './open-upload.ts'
import type { DeviceMessage, DockMessage } from './worst-messages.ts'

/**
 * The flooding sources, by path, and the neighbour on each. Each flood comes from its own source, which is as
 * active as the neighbour.
 */

export const messages = 500
/** AWS IoT Core's limit of unacknowledged messages per client. */
const unacknowledged = 100
/**
 * The source's rate per second: ten times what AWS IoT Core accepts from one connection.
 * https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits
 */
const pace = { messages: 1_000, bytes: 10 * 512 * 1024 }
/** Entries and bytes of a request to `POST /v1/device-events`, and the concurrent requests of a forwarder. */
const request = { entries: 100, bytes: 128 * 1024, atOnce: 4 }

const publish = async (client: MqttClient, topic: string, payloads: readonly string[]): Promise<void> => {
  const began = performance.now()
  let [sent, bytes] = [0, 0]
  await eachOf(payloads, unacknowledged, async (payload) => {
    const due = Math.max(sent / pace.messages, bytes / pace.bytes) * 1_000
    sent += 1
    bytes += Buffer.byteLength(payload)
    await pause(Math.max(0, began + due - performance.now()))
    await client.publishAsync(topic, payload, { qos: 1 })
  })
}

/** @throws Error if a message is larger than the broker accepts: it would end the connection. */
const many = (payload: (n: number) => string): string[] => {
  const all = Array.from({ length: messages }, (_, n) => payload(n))
  const largest = Math.max(...all.map((one) => Buffer.byteLength(one)))
  if (largest > request.bytes) throw new Error(`a message of ${largest} bytes`)
  return all
}

const quiet = 'flood_quiet'
const topicOf = (deviceId: string): string => `oc/devices/${deviceId}/sys/events/up`
const saying = (percent: number): string =>
  JSON.stringify({
    services: [
      {
        service_id: '$ota',
        event_type: 'upgrade_progress_report',
        paras: { result_code: 0, progress: percent, version: '1.0' },
      },
    ],
  })

const Upgrade = z.object({ percent: z.number().optional() })

const openDevices = async (stack: LocalDeployment, count: number): Promise<string[]> => {
  const ids = Array.from({ length: count }, (_, n) => `flood_${String(n).padStart(2, '0')}`)
  const terms = JSON.stringify({ package: 'firmware', targetVersion: '2.0' })
  await eachOf([quiet, ...ids], 4, (deviceId) =>
    post(stack, `/v1/devices/${deviceId}/upgrade-attempts`, terms),
  )
  await stack.idle()
  return ids
}

const percentOf =
  ({ url }: LocalDeployment): Neighbour['percent'] =>
  async () =>
    Upgrade.parse(await (await fetch(`${url}/v1/devices/${quiet}/upgrade`)).json()).percent

export const overMqtt = async (all: readonly DeviceMessage[], say: Say): Promise<Row[]> => {
  const watched = await startWatched()
  const { stack } = watched
  const [source, client] = [await mqtt.connectAsync(stack.mqttUrl), await mqtt.connectAsync(stack.mqttUrl)]
  const ids = await openDevices(stack, all.length)
  const neighbour = {
    report: (percent: number) => client.publishAsync(topicOf(quiet), saying(percent), { qos: 1 }),
    percent: percentOf(stack),
  }
  const floods = all.map(({ name, payload }, n) => ({
    name,
    flood: () => publish(source, topicOf(ids[n] ?? ''), many(payload)),
  }))
  const rows = await measure(watched, neighbour, floods, say)
  await Promise.all([source.endAsync(), client.endAsync()])
  await stack.stop()
  return rows
}

/** Invalid JSON is sent as a string: then the entry is readable, and the message is not. */
const entryOf = (deviceId: string, payload: string): string => {
  const isJson = payload.endsWith('}')
  return `{"deviceId":"${deviceId}","body":${isJson ? payload : JSON.stringify(payload.slice(0, 100_000))}}`
}

/** Splits entries into full requests. */
const requestsOf = (entries: readonly string[]): string[] => {
  const requests: string[][] = []
  let bytes = 0
  for (const entry of entries) {
    const size = Buffer.byteLength(entry) + 1
    const last = requests.at(-1)
    const fits = last && last.length < request.entries && bytes + size < request.bytes
    if (fits) last.push(entry)
    else requests.push([entry])
    bytes = (fits ? bytes : 2) + size
  }
  return requests.map((one) => `[${one.join(',')}]`)
}

/** Retries after a moment if the API's rate is exceeded. */
const post = async ({ url }: LocalDeployment, path: string, body: string): Promise<void> => {
  for (;;) {
    const response = await fetch(`${url}${path}`, { method: 'POST', body })
    const text = await response.text()
    if (response.ok) return
    if (response.status !== 429) throw new Error(`POST ${path}: ${response.status} ${text.slice(0, 500)}`)
    await pause(100)
  }
}

export const overHttp = async (all: readonly DeviceMessage[], say: Say): Promise<Row[]> => {
  const watched = await startWatched()
  const { stack } = watched
  const ids = await openDevices(stack, all.length)
  const events = '/v1/device-events'
  const neighbour = {
    report: (percent: number) => post(stack, events, `[${entryOf(quiet, saying(percent))}]`),
    percent: percentOf(stack),
  }
  const floods = all.map(({ name, payload }, n) => ({
    name,
    flood: () => {
      const entries = many(payload).map((one) => entryOf(ids[n] ?? '', one))
      return eachOf(requestsOf(entries), request.atOnce, (body) => post(stack, events, body))
    },
  }))
  const rows = await measure(watched, neighbour, floods, say)
  await stack.stop()
  return rows
}

export const ofDocks = async (all: readonly DockMessage[], say: Say): Promise<Row[]> => {
  const watched = await startWatched()
  const { stack } = watched
  const [source, client] = [await mqtt.connectAsync(stack.mqttUrl), await mqtt.connectAsync(stack.mqttUrl)]
  const opened: Opened[] = []
  for (let n = 0; n <= all.length; n++)
    opened.push(await openUpload(stack.url, client, `7CTDF${String(n).padStart(9, '0')}`))
  await stack.idle()
  const [own, ...others] = opened
  if (!own) throw new Error('no neighbour')
  const topic = `thing/product/${own.dockSn}/events`
  const neighbour = {
    report: (percent: number) => client.publishAsync(topic, advance(own, percent), { qos: 1 }),
    percent: async () => {
      const upload = await readUpload(`${stack.url}/v1/docks/${own.dockSn}/log-uploads/${own.id}`)
      return upload.archives[0].percent
    },
  }
  const floods = others.flatMap((dock, n) => {
    const message = all[n]
    if (!message) return []
    const { name, payload } = message
    const to = `thing/product/${dock.dockSn}/${message.topic}`
    return [
      {
        name,
        flood: () =>
          publish(
            source,
            to,
            many((k) => payload(k, dock)),
          ),
      },
    ]
  })
  const rows = await measure(watched, neighbour, floods, say)
  await Promise.all([source.endAsync(), client.endAsync()])
  await stack.stop()
  return rows
}

const advance = ({ id, objectKey }: Opened, percent: number): string => {
  const progress = { status: 'file_uploading', current_step: 1, progress: percent }
  const files = [{ module: '3', key: objectKey, size: 50_000_000, progress }]
  const data = { result: 0, output: { ext: { files } } }
  return JSON.stringify({ bid: id, method: 'fileupload_progress', data })
}
