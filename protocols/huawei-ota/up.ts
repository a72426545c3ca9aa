/**
 * What a device says to us, in our words. README.md lists the quirks of real devices and of the vendor's pages, and each
 * is a test. The reader is total and pure: any bytes give outcomes, nothing throws, and the same bytes give the same.
 *
 * What an upgrade is judged by (result code, progress, version) has to be right: IoTDA, too, refuses a progress that is
 * not 0 to 100. What only people read (times, descriptions) is taken as far as it can be.
 */
import { readEventTime } from './event-time.ts'
import {
  type DeviceEvent,
  type Read,
  type UpgradeReport,
  type VersionReport,
  versionPattern,
} from './facts.ts'
import { type Fields, given, integer, isBlank, isFields, isText, remark } from './fields.ts'
import { deviceIdPattern, eventTypes, otaService } from './topics.ts'

/** Why a message, or a service in it, was not understood. The names are stable: operators see and count them. */
export type Reason =
  /** The bytes are no JSON text. */
  | 'notJson'
  /** JSON, but no object. */
  | 'notAnObject'
  /** No list `services`. */
  | 'noServices'
  /** More services than one message is read for. */
  | 'tooManyServices'
  /** A service that is no object. */
  | 'notAService'
  /** A service without a `service_id`. */
  | 'noServiceId'
  /** A service about upgrades without an `event_type`. */
  | 'noEventType'
  /** `object_device_id` is given, and no device id. */
  | 'invalidDeviceId'
  /** No object `paras`. */
  | 'noParas'
  /** An upgrade report without a whole number as `result_code`. */
  | 'noResultCode'
  /** `progress` is given, and no whole number from 0 to 100. */
  | 'invalidProgress'
  /** A version is given, and no text of at most 256 characters without control characters. */
  | 'invalidVersion'
  /** A version report with neither version. */
  | 'noVersion'

/**
 * How many services one message is read for. None of the vendor's SDKs sends more than one event in a message; without a
 * bound a single message of 128 KB could make tens of thousands of entries.
 */
export const maxServices = 100

/** The vendor sets no limit. */
const descriptionLength = 1_000

/**
 * Reads a message from one of the `eventSources`. `deviceId` is the id in its topic. One outcome per service, in the
 * message's order, so that an index names the same event at every delivery; one outcome alone if the message as a whole
 * is unusable.
 */
export const readEvents = (deviceId: string, payload: Uint8Array): Read<DeviceEvent>[] => {
  const message = parse(payload)
  if (message === undefined) return [notUnderstood('notJson', '')]
  if (!isFields(message)) return [notUnderstood('notAnObject', '')]
  if (!Array.isArray(message.services)) return [notUnderstood('noServices', 'services')]
  const services: unknown[] = message.services
  const subject = subjectOf(deviceId, message.object_device_id)
  const events = services
    .slice(0, maxServices)
    .map((service, index) => readService(subject, service, `services[${index}]`))
  return services.length > maxServices
    ? [...events, notUnderstood('tooManyServices', `services[${maxServices}]`)]
    : events
}

/** Malformed UTF-8 is replaced, not refused: it may sit in a field that does not matter. A byte order mark is skipped. */
const parse = (payload: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(payload))
  } catch {
    return undefined
  }
}

const notUnderstood = (reason: Reason, path: string): Read<never> => ({
  outcome: 'notUnderstood',
  reason,
  path,
})

/** Whom a message is about; undefined if it names something that is no device. */
const subjectOf = (deviceId: string, named: unknown): string | undefined => {
  if (isBlank(named)) return deviceId
  return typeof named === 'string' && deviceIdPattern.test(named) ? named : undefined
}

const readService = (deviceId: string | undefined, service: unknown, path: string): Read<DeviceEvent> => {
  if (!isFields(service)) return notUnderstood('notAService', path)
  const { service_id, event_type, event_time, paras } = service
  if (!isText(service_id)) return notUnderstood('noServiceId', `${path}.service_id`)
  if (service_id !== otaService)
    return deviceId === undefined ? { outcome: 'ignored' } : { outcome: 'heard', deviceId }
  if (!isText(event_type)) return notUnderstood('noEventType', `${path}.event_type`)
  const read = readers.get(event_type)
  if (!read) return { outcome: 'ignored' }
  if (deviceId === undefined) return notUnderstood('invalidDeviceId', 'object_device_id')
  if (!isFields(paras)) return notUnderstood('noParas', `${path}.paras`)
  return read({ deviceId, ...readEventTime(event_time) }, paras, `${path}.paras`)
}

type Head = Pick<DeviceEvent, 'deviceId' | 'eventTime' | 'eventTimeText'>

const upgradeReport = (head: Head, paras: Fields, path: string): Read<UpgradeReport> => {
  const resultCode = integer(paras.result_code)
  if (resultCode === undefined) return notUnderstood('noResultCode', `${path}.result_code`)
  const percent = integer(paras.progress, { min: 0, max: 100 })
  if (percent === undefined && !isBlank(paras.progress))
    return notUnderstood('invalidProgress', `${path}.progress`)
  const invalid = invalidVersion(paras, ['version'])
  if (invalid) return notUnderstood('invalidVersion', `${path}.${invalid}`)
  const version = versionOf(paras.version)
  const description = remark(paras.description, descriptionLength)
  return {
    outcome: 'understood',
    fact: { kind: 'upgradeReport', ...head, resultCode, ...given({ percent, version, description }) },
  }
}

const versionReport = (head: Head, paras: Fields, path: string): Read<VersionReport> => {
  const invalid = invalidVersion(paras, ['fw_version', 'sw_version'])
  if (invalid) return notUnderstood('invalidVersion', `${path}.${invalid}`)
  const versions = given({ firmware: versionOf(paras.fw_version), software: versionOf(paras.sw_version) })
  if (Object.keys(versions).length === 0) return notUnderstood('noVersion', path)
  return { outcome: 'understood', fact: { kind: 'versionReport', ...head, ...versions } }
}

type Reader = (head: Head, paras: Fields, path: string) => Read<DeviceEvent>

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  [eventTypes.upgradeReport, upgradeReport],
  [eventTypes.versionReport, versionReport],
])

const versionOf = (value: unknown): string | undefined =>
  isText(value) && versionPattern.test(value) ? value : undefined

/** The first of the fields that has something in it other than a version. */
const invalidVersion = (paras: Fields, names: readonly string[]): string | undefined =>
  names.find((name) => !isBlank(paras[name]) && versionOf(paras[name]) === undefined)
