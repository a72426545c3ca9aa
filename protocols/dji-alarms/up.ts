/**
 * Reads docks' messages about alarms and flights into our own terms. Strict in meaning, tolerant in form:
 * README.md lists the quirks, and each has a test. The readers are total and pure: any bytes give an outcome,
 * nothing throws.
 */
import { dockSnPattern } from '../dji-remote-log/topics.ts'
import { identifier, integer, text } from '../fields.ts'
import {
  at,
  bare,
  type Fields,
  given,
  isBlank,
  noted,
  optional,
  type Part,
  partAt,
  partsOf,
} from '../json.ts'
import { notUnderstood, openObject, type Read } from '../message.ts'
import {
  type Alarm,
  type AlarmLevel,
  type AlarmModule,
  type Alarms,
  alarmLevels,
  alarmModules,
  type FlightEnd,
} from './facts.ts'
import { alarmListPath, finalStatuses, flightStatusPath, methods } from './topics.ts'

/** Why a message was not understood. The names are stable: operators see and count them. */
export type Reason =
  /** The bytes are not JSON. */
  | 'notJson'
  /** JSON, but not an object. */
  | 'notAnObject'
  /** The alarms are not a list. */
  | 'alarmsNotAList'
  /** No item in the list of alarms has a code. */
  | 'noAlarmCode'

/** The vendor's page allows 20. */
export const maxAlarms = 100

/**
 * Whether a message is worth parsing here. The check is cheaper than parsing, and most messages of the same
 * queue are about other things.
 */
export const couldBeOurs = (payload: Uint8Array): boolean => {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  return marks.some((mark) => bytes.includes(mark))
}

/** `list` marks messages without a method. */
const marks: readonly string[] = [methods.alarms, methods.flight, '"list"']

/** Reads a message from `events`, of a dock or of its aircraft. */
export const readAlarms = (payload: Uint8Array): Read<Alarms> => {
  const message = openObject(payload)
  if ('outcome' in message) return message
  const list = at(message.fields, alarmListPath)
  const isOurs = isBlank(message.fields.method)
    ? isListOfCodes(list)
    : bare(message.fields.method) === methods.alarms
  if (!isOurs) return { outcome: 'ignored' }
  const items = isBlank(list) ? [] : list
  if (!Array.isArray(items)) return notUnderstood<Reason>('alarmsNotAList', alarmListPath)
  const alarms = partsOf(message, alarmListPath, items, maxAlarms).flatMap((part) => alarmIn(part) ?? [])
  // An unreadable list does not mean that no alarm stands.
  if (alarms.length === 0 && items.length > 0)
    return notUnderstood<Reason>('noAlarmCode', `${alarmListPath}[0].code`)
  const fact = { alarms, ...given({ dockSn: gatewayOf(message) }) }
  return { outcome: 'understood', fact, ...noted(message.dropped) }
}

/** The same for a flight that has ended; earlier reports are ignored. */
export const readFlightEnd = (payload: Uint8Array): Read<FlightEnd> => {
  const message = openObject(payload)
  if ('outcome' in message) return message
  if (bare(message.fields.method) !== methods.flight) return { outcome: 'ignored' }
  const data = partAt(message, 'data')
  const status = bare(at(message.fields, flightStatusPath))
  const outcome = typeof status === 'string' ? outcomes.get(status) : undefined
  if (!data || outcome === undefined) return { outcome: 'ignored' }
  const ext = partAt(partAt(data, 'output') ?? data, 'ext')
  const flightId =
    (ext && optional(ext, 'flight_id', identifier)) ??
    optional(data, 'flight_id', identifier) ??
    optional(message, 'bid', identifier)
  const result = optional(data, 'result', integer) || undefined
  const fact = { outcome, ...given({ flightId, dockSn: gatewayOf(message), result }) }
  return { outcome: 'understood', fact, ...noted(message.dropped) }
}

const outcomes = new Map(Object.entries(finalStatuses))

/** The vendor's first pages show alarms without a method. */
const isListOfCodes = (list: unknown): boolean =>
  Array.isArray(list) &&
  list.length > 0 &&
  list.every((item) => !isBlank(at(item, 'code')) && !isBlank(at(item, 'level')))

const gatewayOf = ({ fields }: { fields: Fields }): string | undefined => {
  const sn = identifier(fields.gateway)
  return sn !== undefined && dockSnPattern.test(sn) ? sn : undefined
}

const alarmIn = (part: Part): Alarm | undefined => {
  const code = optional(part, 'code', codeOf)
  if (code === undefined) return undefined
  const args = partAt(part, 'args') ?? part
  return {
    code,
    level: optional(part, 'level', levelOf) ?? 'caution',
    module: optional(part, 'module', moduleOf) ?? 'other',
    imminent: (optional(part, 'imminent', flag) ?? 0) === 1,
    inTheSky: (optional(part, 'in_the_sky', flag) ?? 0) === 1,
    component: indexIn(args, part, 'component_index'),
    sensor: indexIn(args, part, 'sensor_index'),
    ...given({ model: optional(part, 'device_type', model) }),
  }
}

/** In the arguments, or beside them. */
const indexIn = (args: Part, part: Part, name: string): number =>
  optional(args, name, index) ?? optional(part, name, index) ?? 0

const index = (value: unknown): number | undefined => integer(value, { min: 0, max: 0xffff_ffff })
const flag = (value: unknown): number | undefined =>
  typeof value === 'boolean' ? Number(value) : integer(value, { min: 0, max: 1 })
const model = (value: unknown): string | undefined => {
  const given = text(value, 32)
  return given !== undefined && /^\d+-\d+-\d+$/.test(given) ? given : undefined
}

/** Normalizes a code to one spelling: hexadecimal digits in capitals, as docks send them. */
const codeOf = (value: unknown): string | undefined => {
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && value >= 0
      ? `0x${value.toString(16).toUpperCase().padStart(8, '0')}`
      : undefined
  const given = text(value, 64)
  if (given === undefined || !/^[\w.-]+$/.test(given)) return undefined
  return /^0x[\da-f]+$/i.test(given) ? `0x${given.slice(2).toUpperCase()}` : given
}

/** A level above the most severe known one counts as that. */
const levelOf = (value: unknown): AlarmLevel | undefined => {
  const level = integer(value, { min: 0 })
  return level === undefined ? undefined : (alarmLevels[level] ?? 'warning')
}
const moduleOf = (value: unknown): AlarmModule | undefined => {
  const module = integer(value, { min: 0 })
  return module === undefined ? undefined : (alarmModules[module] ?? 'other')
}
