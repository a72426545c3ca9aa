/**
 * Reads docks' requests and reports into our own terms. Strict in meaning, tolerant in form (README.md lists
 * the quirks). The readers are total and pure: any bytes give an outcome, nothing throws.
 */
import { dockSnPattern } from '../dji-remote-log/topics.ts'
import { identifier, integer, text } from '../fields.ts'
import {
  at,
  bare,
  given,
  isBlank,
  isFields,
  noted,
  optional,
  type Part,
  parseJson,
  partAt,
  partsOf,
  placeOf,
} from '../json.ts'
import type { Read } from '../message.ts'
import type {
  AnswerTo,
  Ask,
  BindDevice,
  ConnectedAircraft,
  DockRequest,
  Firmware,
  Topology,
  Unusable,
} from './facts.ts'
import { firmwarePath, methods } from './topics.ts'

/** Why a message was not understood. The names are stable: operators see and count them. */
export type Reason =
  /** The bytes are not JSON. */
  | 'notJson'
  /** JSON, but not an object. */
  | 'notAnObject'
  /** No `tid`, so that there is nothing to answer to. */
  | 'noRequestId'
  /** Neither a method nor fields that reveal it. */
  | 'noMethod'
  /** It names another dock than its topic does. */
  | 'foreignGateway'
  /** A request about devices, or to bind them, that names none. */
  | 'noDevices'
  /** A topology whose list of devices is not a list. */
  | 'devicesNotAList'

/** Reads a message from `requests`. `dockSn` is the serial number in its topic. */
export const readRequest = (dockSn: string, payload: Uint8Array): Read<DockRequest> | Unusable => {
  const message = open(payload)
  if ('outcome' in message) return message
  const method = optional(message, 'method', word) ?? methodByFields(message)
  const answerTo = answerOf(message, method)
  if (answerTo === undefined) return unusable('noRequestId', 'tid')
  if (isForeign(dockSn, message)) return unusable('foreignGateway', 'gateway', answerTo)
  if (method === undefined) return unusable('noMethod', 'method', answerTo)
  const ask = askOf(method, partAt(message, 'data') ?? { fields: {}, path: 'data', dropped: message.dropped })
  if (ask === undefined) return unusable('noDevices', 'data', answerTo)
  return { outcome: 'understood', fact: { ask, answerTo }, ...noted(message.dropped) }
}

/**
 * Reads a message from `status`. Versions of the thing model are ignored: checking them would reject new
 * firmware.
 */
export const readTopology = (dockSn: string, payload: Uint8Array): Read<Topology> | Unusable => {
  const message = open(payload)
  if ('outcome' in message) return message
  const method = optional(message, 'method', word)
  const data = partAt(message, 'data')
  const list = data?.fields.sub_devices
  if (method === undefined ? !Array.isArray(list) : method !== methods.topology) return { outcome: 'ignored' }
  const answerTo = answerOf(message, methods.topology)
  if (isForeign(dockSn, message)) return unusable('foreignGateway', 'gateway', answerTo)
  if (data === undefined || !isListLike(list))
    return unusable('devicesNotAList', 'data.sub_devices', answerTo)
  return {
    outcome: 'understood',
    fact: {
      dock: given({ model: modelOf(data, 3) }),
      aircraft: aircraftIn(data, list),
      ...given({ answerTo }),
    },
    ...noted(message.dropped),
  }
}

/**
 * Reads a message from `events` or `state` that may need an acknowledgement: a dock repeats it until it gets
 * one. Only `need_reply` decides, since docks use methods that no page lists.
 */
export const readNeedsReply = (payload: Uint8Array): Read<AnswerTo> => {
  const message = open(payload)
  if ('outcome' in message) return message
  if (integer(message.fields.need_reply) !== 1) return { outcome: 'ignored' }
  const answerTo = answerOf(message, optional(message, 'method', word))
  return answerTo
    ? { outcome: 'understood', fact: answerTo, ...noted(message.dropped) }
    : unusable('noRequestId', 'tid')
}

/**
 * Reads the firmware version that a dock or its aircraft reports on `state`; most messages there are about
 * other things.
 */
export const readFirmware = (payload: Uint8Array): Read<Firmware> => {
  const message = open(payload, new Set(['firmware_version']))
  if ('outcome' in message) return message
  const version = text(at(message.fields, firmwarePath), longestVersion)
  if (version === undefined) return { outcome: 'ignored' }
  return { outcome: 'understood', fact: { version, ...given({ dockSn: serial(message.fields.gateway) }) } }
}

const longestVersion = 64

const unusable = (reason: Reason, path: string, answerTo?: AnswerTo): Unusable => ({
  outcome: 'notUnderstood',
  reason,
  path,
  ...given({ answerTo }),
})

const open = (payload: Uint8Array, verbatim?: ReadonlySet<string>): Part | Unusable => {
  const fields = parseJson(payload, verbatim)
  if (fields === undefined) return unusable('notJson', '')
  return isFields(fields) ? { fields, path: '', dropped: [] } : unusable('notAnObject', '')
}

const answerOf = (message: Part, method: string | undefined): AnswerTo | undefined => {
  const requestId = optional(message, 'tid', identifier)
  if (requestId === undefined) return undefined
  return { requestId, ...given({ processId: optional(message, 'bid', identifier), method }) }
}

const isForeign = (dockSn: string, { fields: { gateway } }: Part): boolean =>
  !isBlank(gateway) && bare(gateway) !== dockSn

/** Examples up to API v1.11 name no method; their fields reveal it. */
const methodByFields = ({ fields }: Part): string | undefined =>
  marks.find(([path]) => !isBlank(at(fields, path)))?.[1]

const marks = [
  ['data.config_type', methods.config],
  ['data.bind_devices', methods.bind],
  ['data.devices', methods.bindStatus],
  ['data.device_binding_code', methods.organization],
] as const

const askOf = (method: string, data: Part): Ask | undefined => {
  switch (method) {
    case methods.config:
      return { kind: 'config' }
    case methods.bindStatus: {
      const sns = devicesOf(data, 'devices').flatMap((device) => optional(device, 'sn', identifier) ?? [])
      return sns.length > 0 ? { kind: 'bindStatus', sns: [...new Set(sns)] } : undefined
    }
    case methods.organization:
      return { kind: 'organization', ...claimOf(data) }
    case methods.bind: {
      const devices = devicesOf(data, 'bind_devices').flatMap(bindDevice)
      return devices.length > 0 ? { kind: 'bind', devices: onceEach(devices) } : undefined
    }
    case methods.flightAreas:
      return { kind: 'flightAreas' }
    case methods.offlineMap:
      return { kind: 'offlineMap' }
    default:
      return { kind: 'other', method }
  }
}

const claimOf = (part: Part): { organizationId?: string; bindingCode?: string } =>
  given({
    organizationId: optional(part, 'organization_id', identifier),
    bindingCode: optional(part, 'device_binding_code', identifier),
  })

const bindDevice = (device: Part): BindDevice[] => {
  const sn = optional(device, 'sn', identifier)
  if (sn === undefined) return []
  const callSign = optional(device, 'device_callsign', (value) => text(value, longestCallSign))
  return [
    { sn, ...claimOf(device), ...given({ callSign, model: optional(device, 'device_model_key', modelKey) }) },
  ]
}

/** The vendor states no length. A longer one is no name to show. */
const longestCallSign = 100

/** The vendor allows two. A few more are read, so that too many can be detected. */
const maxDevices = 16

const devicesOf = (data: Part, name: string): Part[] => {
  const list = data.fields[name]
  return Array.isArray(list) ? partsOf(data, placeOf(data, name), list, maxDevices) : []
}

/**
 * Blank, an empty object and a list count as lists: programming languages write an empty one in all these
 * ways.
 */
const isListLike = (value: unknown): boolean =>
  isBlank(value) || Array.isArray(value) || (isFields(value) && Object.keys(value).length === 0)

const aircraftIn = (data: Part, list: unknown): ConnectedAircraft[] => {
  if (!Array.isArray(list)) return []
  const devices = partsOf(data, placeOf(data, 'sub_devices'), list, maxDevices)
  return onceEach(devices.flatMap(connectedAircraft))
}

/** Domain 0 is an aircraft; others are payloads or remote controllers. */
const connectedAircraft = (device: Part): ConnectedAircraft[] => {
  if ((optional(device, 'domain', integer) ?? 0) !== 0) return []
  const sn = optional(device, 'sn', serial)
  if (sn === undefined) return []
  return [{ sn, ...given({ model: modelOf(device, 0), index: optional(device, 'index', channel) }) }]
}

const onceEach = <Device extends { sn: string }>(devices: readonly Device[]): Device[] => [
  ...new Map(devices.map((device) => [device.sn, device])).values(),
]

const modelOf = (device: Part, defaultDomain: number): string | undefined => {
  const number = (name: string) => optional(device, name, (value) => integer(value, { min: 0, max: 99_999 }))
  const [domain = defaultDomain, type, subType] = [number('domain'), number('type'), number('sub_type')]
  return type === undefined || subType === undefined ? undefined : `${domain}-${type}-${subType}`
}

const word = (value: unknown): string | undefined => text(value, 64)
const channel = (value: unknown): string | undefined => text(value, 16)

const modelKey = (value: unknown): string | undefined => {
  const key = text(value, 20)
  return key !== undefined && /^\d{1,5}-\d{1,5}-\d{1,5}$/.test(key) ? key : undefined
}

/** A serial number becomes part of topics and policies: it has to be harmless there. */
const serial = (value: unknown): string | undefined => {
  const sn = identifier(value)
  return sn !== undefined && dockSnPattern.test(sn) ? sn : undefined
}
