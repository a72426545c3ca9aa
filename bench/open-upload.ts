import { setTimeout } from 'node:timers/promises'
import type { MqttClient } from 'mqtt'
import * as z from 'zod'

/** A dock's upload, ready for progress reports, and its listing. */
export type Opened = { dockSn: string; listingId: string; id: string; objectKey: string }

const Command = z.object({ tid: z.string(), bid: z.string(), method: z.string() })
const Created = z.object({ id: z.string() })
const Logs = z.object({ modules: z.array(z.unknown()) })
const Upload = z.object({ archives: z.tuple([z.object({ objectKey: z.string(), percent: z.number() })]) })

const read = async <Shape extends z.ZodType>(shape: Shape, url: string): Promise<z.infer<Shape>> =>
  shape.parse(await (await fetch(url)).json())

/** Reads the upload from the API. */
export const readUpload = (url: string) => read(Upload, url)

const send = async (method: 'PUT' | 'POST', url: string, body: object): Promise<unknown> => {
  const response = await fetch(url, { method, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`)
  return response.json()
}

/** The next message on a topic; other docks share the connection. */
const nextMessage = (client: MqttClient, topic: string): Promise<Buffer> =>
  new Promise((resolve) => {
    const listen = (to: string, payload: Buffer): void => {
      if (to !== topic) return
      client.off('message', listen)
      resolve(payload)
    }
    client.on('message', listen)
  })

/** Opens an upload, playing the dock's part. */
export const openUpload = async (apiUrl: string, client: MqttClient, dockSn: string): Promise<Opened> => {
  const topic = `thing/product/${dockSn}`
  const dock = `${apiUrl}/v1/docks/${dockSn}`
  const answer = async (path: string, body: object, data: object) => {
    await client.subscribeAsync(`${topic}/services`, { qos: 1 })
    const command = nextMessage(client, `${topic}/services`)
    const { id } = Created.parse(await send('POST', `${dock}/${path}`, body))
    const { tid, bid, method } = Command.parse(JSON.parse((await command).toString()))
    await client.publishAsync(`${topic}/services_reply`, JSON.stringify({ tid, bid, method, data }), {
      qos: 1,
    })
    await client.unsubscribeAsync(`${topic}/services`)
    return id
  }
  const logs = [{ boot_index: 1, start_time: 1_700_000_000, end_time: 1_700_000_100, size: 50_000_000 }]
  await send('PUT', dock, {})
  const files = [{ module: '3', result: 0, device_sn: dockSn, list: logs }]
  const listingId = await answer('log-listings', { modules: ['dock'] }, { result: 0, files })
  while ((await read(Logs, `${dock}/logs`)).modules.length === 0) await setTimeout(20)
  const selections = [{ module: 'dock', bootIndexes: [1] }]
  const id = await answer('log-uploads', { selections }, { result: 0 })
  const { archives } = await readUpload(`${dock}/log-uploads/${id}`)
  return { dockSn, listingId, id, objectKey: archives[0].objectKey }
}
