import { readFileSync } from 'node:fs'
import type { DeviceEvent, Read } from '../../../protocols/huawei-ota/facts.ts'
import { readEvents } from '../../../protocols/huawei-ota/up.ts'

/** The device that the topics of these tests name: the vendor's product id with a name. */
export const deviceId = '5e06bfee334dd4f33759f5b3_demo'
export const childId = '5e06bfee334dd4f33759f5b3_child1'

/** What the reader takes: the bytes of a message. */
export const payload = (message: unknown): Uint8Array => Buffer.from(JSON.stringify(message))

const folder = new URL('../../../protocols/huawei-ota/examples/', import.meta.url)

/** One of the examples, with an id where the vendor's page has a placeholder. */
export const example = (name: string): Uint8Array =>
  Buffer.from(printed(name).replaceAll('{object_device_id}', deviceId))

/** The same as its file has it. */
export const printed = (name: string): string => readFileSync(new URL(`${name}.json`, folder), 'utf8')

type Paras = Record<string, unknown> | null

/** A service that reports an upgrade under way, with these parameters changed. */
export const upgradeService = (paras: Paras = {}, service: object = {}) => ({
  service_id: '$ota',
  event_type: 'upgrade_progress_report',
  paras: paras && { result_code: 0, progress: 50, version: 'v1.0.0', ...paras },
  ...service,
})

/** A service that reports these versions. */
export const versionService = (paras: Paras, service: object = {}) => ({
  service_id: '$ota',
  event_type: 'version_report',
  paras,
  ...service,
})

/** Reads a message with one service; what it says about the device aside. */
export const readOne = (service: unknown, message: object = {}): Read<DeviceEvent> => {
  const [event, ...others] = readEvents(deviceId, payload({ services: [service], ...message }))
  if (!event || others.length > 0) throw new Error('not one outcome')
  return event
}

/** The fact of an event that has to be understood. */
export const understood = (read: Read<DeviceEvent> | undefined): DeviceEvent => {
  if (read?.outcome !== 'understood') throw new Error(`not understood: ${JSON.stringify(read)}`)
  return read.fact
}

/** The reason and the place of an event that must not be understood. */
export const refusal = (read: Read<DeviceEvent> | undefined): string => {
  if (read?.outcome !== 'notUnderstood') throw new Error(`not refused: ${JSON.stringify(read)}`)
  return `${read.reason} ${read.path}`.trim()
}

/** The places of what was dropped of an event that has to be understood. */
export const droppedOf = (read: Read<DeviceEvent> | undefined): readonly string[] => {
  if (read?.outcome !== 'understood') throw new Error(`not understood: ${JSON.stringify(read)}`)
  return read.dropped ?? []
}
