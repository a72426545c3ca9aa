/**
 * Reads devices' messages into our own terms. README.md lists the quirks of real devices and of the vendor's
 * pages, and each has a test. The reader is total and pure: any bytes give outcomes, nothing throws, and the
 * same bytes give the same outcomes.
 *
 * A report must have its essential content: its result code, or a version. Any other unreadable field is
 * dropped, and the report kept. IoTDA is stricter: it fails the upgrade of a device whose progress is not 0
 * to 100.
 */
import { integer } from '../fields.ts'
import { given, isBlank, isFields, noted, optional, type Part, parseJson, placeOf, trimmed } from '../json.ts'
import { readEventTime } from './event-time.ts'
import {
  type DeviceEvent,
  type Read,
  type UpgradeReport,
  type VersionReport,
  versionPattern,
} from './facts.ts'
import { remark, word } from './fields.ts'
import { deviceIdPattern, eventTypes, otaService, sdkInfoService, timeService } from './topics.ts'

/**
 * Why a message, or a service in it, was not understood. The names are stable: operators see and count them.
 */
export type Reason =
  /** The bytes are not JSON. */
  | 'notJson'
  /** JSON, but not an object. */
  | 'notAnObject'
  /** No list `services`. */
  | 'noServices'
  /** More services than one message is read for. */
  | 'tooManyServices'
  /** A service that is not an object. */
  | 'notAService'
  /** A service without a `service_id`. */
  | 'noServiceId'
  /** A service of ours without an `event_type`. */
  | 'noEventType'
  /** `object_device_id` is given, but is not a device id. */
  | 'invalidDeviceId'
  /** No object `paras`. */
  | 'noParas'
  /** An upgrade report without a whole number as `result_code`. */
  | 'noResultCode'
  /**
   * A version report whose only versions are not strings of at most 256 characters without control
   * characters.
   */
  | 'invalidVersion'
  /** A version report with neither version. */
  | 'noVersion'
  /** A request for the time without a whole number as `device_send_time`. */
  | 'noSendTime'

/**
 * How many services of a message are read. None of the vendor's SDKs sends more than one event in a message;
 * each costs a row of the history, and a message of 128 KB could contain thousands.
 */
export const maxServices = 10

/** The vendor sets no limit. */
const descriptionLength = 1_000

/**
 * Reads a message from one of the `eventSources`. `deviceId` is the id in its topic. One outcome per service,
 * in the message's order, so that an index identifies the same event at every delivery; a single outcome if
 * the message as a whole is unusable.
 */
export const readEvents = (deviceId: string, payload: Uint8Array): Read<DeviceEvent>[] => {
  const message = parseJson(payload, versionFields)
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

const notUnderstood = (reason: Reason, path: string): Read<never> => ({
  outcome: 'notUnderstood',
  reason,
  path,
})

/** The device that a message is about; undefined if it names something that is not a device. */
const subjectOf = (deviceId: string, named: unknown): string | undefined => {
  if (isBlank(named)) return deviceId
  const id = word(named)
  return id !== undefined && deviceIdPattern.test(id) ? id : undefined
}

/** A service to be read: its device, its content, and its path. */
type Service = { deviceId: string; service: Part; paras: Part }
type Reader = (of: Service) => Read<DeviceEvent>

const readService = (deviceId: string | undefined, fields: unknown, path: string): Read<DeviceEvent> => {
  if (!isFields(fields)) return notUnderstood('notAService', path)
  const serviceId = word(fields.service_id)
  if (serviceId === undefined) return notUnderstood('noServiceId', `${path}.service_id`)
  const readers = readersOf.get(serviceId)
  const eventType = word(fields.event_type)
  const isOta = serviceId === otaService
  if (isOta && eventType === undefined) return notUnderstood('noEventType', `${path}.event_type`)
  const read = readers?.get(eventType ?? '')
  if (!read && (isOta || deviceId === undefined)) return { outcome: 'ignored' }
  if (deviceId === undefined) return notUnderstood('invalidDeviceId', 'object_device_id')
  if (!read) return { outcome: 'heard', deviceId }
  if (!isFields(fields.paras))
    return serviceId === sdkInfoService
      ? { outcome: 'heard', deviceId }
      : notUnderstood('noParas', `${path}.paras`)
  const service = { fields, path, dropped: [] }
  const paras = { fields: fields.paras, path: `${path}.paras`, dropped: service.dropped }
  return read({ deviceId, service, paras })
}

const eventTimeOf = (service: Part) => readEventTime(optional(service, 'event_time', word))

const upgradeReport = ({ deviceId, service, paras }: Service): Read<UpgradeReport> => {
  const resultCode = integer(paras.fields.result_code)
  if (resultCode === undefined) return notUnderstood('noResultCode', placeOf(paras, 'result_code'))
  const rest = given({
    percent: optional(paras, 'progress', (value) => integer(value, { min: 0, max: 100 })),
    version: optional(paras, 'version', versionOf),
    description: optional(paras, 'description', (value) => remark(value, descriptionLength)),
  })
  const head = { kind: 'upgradeReport' as const, deviceId, ...eventTimeOf(service) }
  return { outcome: 'understood', fact: { ...head, resultCode, ...rest }, ...noted(paras.dropped) }
}

const versionReport = ({ deviceId, service, paras }: Service): Read<VersionReport> => {
  const versions = given({
    firmware: optional(paras, 'fw_version', versionOf),
    software: optional(paras, 'sw_version', versionOf),
  })
  const { dropped } = paras
  if (Object.keys(versions).length === 0)
    return dropped[0] ? notUnderstood('invalidVersion', dropped[0]) : notUnderstood('noVersion', paras.path)
  const head = { kind: 'versionReport' as const, deviceId, ...eventTimeOf(service) }
  return { outcome: 'understood', fact: { ...head, ...versions }, ...noted(dropped) }
}

/**
 * The SDK for C# reports v1.0 for both by itself, whatever runs; an application's own v1.0 cannot be
 * distinguished from that.
 */
const isMadeUp = ({ fields }: Part): boolean =>
  fields.fw_version === 'v1.0' &&
  fields.sw_version === 'v1.0' &&
  word(fields.device_sdk_version)?.startsWith('C#') === true

/**
 * A device's introduction when it connects: besides its SDK's version, those of its firmware and software if
 * the application set them. Without any it is only a sign of life.
 */
const sdkInfo = (of: Service): Read<VersionReport> => {
  const read = isMadeUp(of.paras) ? undefined : versionReport(of)
  const sdk = given({ sdk: remark(of.paras.fields.device_sdk_version, sdkLength) })
  if (read?.outcome === 'understood') return { ...read, ...sdk, unasked: true }
  return { outcome: 'heard', deviceId: of.deviceId, ...sdk }
}

/** The vendor's SDKs use about ten characters. */
const sdkLength = 64

const timeRequest = ({ deviceId, paras }: Service): Read<never> => {
  const deviceSentAt = integer(paras.fields.device_send_time, { min: 0 })
  if (deviceSentAt === undefined) return notUnderstood('noSendTime', placeOf(paras, 'device_send_time'))
  return { outcome: 'heard', deviceId, timeRequest: { deviceSentAt } }
}

/** The readers by service and event. */
const readersOf: ReadonlyMap<string, ReadonlyMap<string, Reader>> = new Map<
  string,
  ReadonlyMap<string, Reader>
>([
  [
    otaService,
    new Map<string, Reader>([
      [eventTypes.upgradeReport, upgradeReport],
      [eventTypes.versionReport, versionReport],
    ]),
  ],
  [sdkInfoService, new Map<string, Reader>([[eventTypes.sdkInfo, sdkInfo]])],
  [timeService, new Map<string, Reader>([[eventTypes.timeRequest, timeRequest]])],
])

const versionFields: ReadonlySet<string> = new Set(['version', 'fw_version', 'sw_version'])

/** A trimmed version; a number as it was written, if the message still shows that. */
const versionOf = (value: unknown): string | undefined => {
  const text = typeof value === 'number' ? String(value) : value
  const version = typeof text === 'string' ? trimmed(text) : ''
  return versionPattern.test(version) ? version : undefined
}
