import type { TestContext } from 'node:test'
import mqtt from 'mqtt'
import * as z from 'zod'

/**
 * What docks and devices said and the broker took, in its order; read here without the product's own readers.
 */

/**
 * `source` is who the topic says has spoken. `certain`: the broker acknowledged it, else it may or may not
 * have been taken.
 */
export type Spoken = {
  source: string
  kind: 'events' | 'reply' | 'upgrade'
  payload: Buffer
  certain: boolean
}

const File = z.object({
  key: z.string(),
  progress: z.object({
    status: z.string(),
    current_step: z.number(),
    total_step: z.number(),
    progress: z.number(),
  }),
})
const ProgressMessage = z.object({
  method: z.literal('fileupload_progress'),
  data: z.object({ output: z.object({ ext: z.object({ files: z.array(File) }) }) }),
})
const ReplyMessage = z.object({ tid: z.string(), method: z.string(), data: z.object({ result: z.number() }) })
const UpgradeMessage = z.object({
  services: z.array(
    z.object({
      service_id: z.string(),
      event_type: z.string(),
      paras: z.looseObject({ fw_version: z.string().optional() }),
    }),
  ),
})

const jsonOf = (payload: Buffer): unknown => {
  try {
    return JSON.parse(payload.toString())
  } catch {
    return undefined
  }
}

const filesIn = (payload: Buffer) =>
  ProgressMessage.safeParse(jsonOf(payload)).data?.data.output.ext.files ?? []

/** Each message is asked about once for each archive and each check. */
const known = new WeakMap<Buffer, ReturnType<typeof filesIn>>()

/** What a message says of archives, one by one; nothing for what says nothing of archives. */
export const archivesOf = ({ kind, payload }: Spoken) => {
  if (kind !== 'events') return []
  const files = known.get(payload) ?? filesIn(payload)
  known.set(payload, files)
  return files
}

export const replyOf = ({ kind, payload }: Spoken) =>
  kind === 'reply' ? ReplyMessage.safeParse(jsonOf(payload)).data : undefined

/** The reports of upgrades and versions in a message. */
export const upgradeEventsOf = ({ kind, payload }: Spoken) =>
  kind === 'upgrade'
    ? (UpgradeMessage.safeParse(jsonOf(payload)).data?.services ?? []).filter(
        ({ service_id }) => service_id === '$ota',
      )
    : []

/** Nobody could make sense of it, and nobody but a test sends it. */
export const isPoison = ({ payload }: Spoken): boolean => jsonOf(payload) === undefined

const topics = {
  'thing/product/+/events': 'events',
  'thing/product/+/services_reply': 'reply',
  'oc/devices/+/sys/events/up': 'upgrade',
} as const

/** A listener on the broker: what it hears, the broker has taken. */
export const listenToAll = async (t: TestContext, mqttUrl: string) => {
  const client = await mqtt.connectAsync(mqttUrl, { reconnectPeriod: 0 })
  t.after(() => client.endAsync(true))
  const heard: Spoken[] = []
  client.on('message', (topic, payload) => {
    const [, , source = ''] = topic.split('/')
    const kind = topic.startsWith('oc/') ? 'upgrade' : topic.endsWith('/events') ? 'events' : 'reply'
    heard.push({ source, kind, payload, certain: true })
  })
  await client.subscribeAsync(Object.keys(topics), { qos: 1 })
  /** Speaks in the name of a dock or a device; resolves when the broker has taken it. */
  const say = async (topic: string, payload: string): Promise<void> =>
    void (await client.publishAsync(topic, payload, { qos: 1 }))
  return { heard, say }
}
