/**
 * Classifies messages of a dock or its aircraft for a filter between two brokers: which ones must reach the
 * cloud, and what the others reveal about the dock's presence. Pure and total: any topic and any bytes give
 * an outcome.
 */

import { methods as alarmMethods, finalStatuses, flightStatusPath } from '../dji-alarms/topics.ts'
import {
  eventMethods as upgradeEventMethods,
  replyMethods as upgradeReplyMethods,
} from '../dji-firmware/topics.ts'
import { isUpgradeStep } from '../dji-firmware/up.ts'
import {
  eventMethods as debugEventMethods,
  replyMethods as debugReplyMethods,
} from '../dji-remote-debug/topics.ts'
import { isBareStatus } from '../dji-remote-debug/up.ts'
import {
  dockSnPattern,
  eventMarks,
  eventMethods,
  replyMarks,
  replyMethods,
} from '../dji-remote-log/topics.ts'
import { identifier, integer } from '../fields.ts'
import { at, bare, type Fields, isBlank, isFields, parseJson } from '../json.ts'
import { type Mode, modes } from './modes.ts'

type About =
  /** A remote log's progress, or the reply to a command of ours. */
  | { kind: 'remoteLog' }
  /** The same for an upgrade. */
  | { kind: 'upgrade' }
  /** The same for debug mode. */
  | { kind: 'debug' }
  /** A flight has ended. */
  | { kind: 'flightEnd' }
  /** The standing alarms; equal `list`s are the same alarms, an empty one is none. */
  | { kind: 'alarms'; list: string }
  /** A dock requests something from its platform, and waits. */
  | { kind: 'request' }
  /**
   * A gateway, a dock or a remote controller, came online, or its aircraft changed; `aircraft`: those that
   * are switched on.
   */
  | { kind: 'topology'; isDock: boolean; aircraft: string[]; asksNothing: boolean }
  /**
   * A dock's regular report about itself; docks send several variants in turn, so any field may be missing.
   */
  | { kind: 'situation'; mode?: Mode; aircraft?: { sn: string; on: boolean } }
  | { kind: 'firmware'; version: string }
  /** Of no interest to a filter: telemetry, events and replies about other things. */
  | { kind: 'other' }
  /** Not a JSON object. */
  | { kind: 'unreadable' }

/**
 * `sn` is the serial number in the topic, a dock's or an aircraft's; `gatewaySn` is the dock that speaks, if
 * the message names one. `needsReply`: it is repeated until somebody answers.
 */
export type Traffic = About & { sn: string; gatewaySn?: string; needsReply: boolean }

const topicPattern = /^(thing|sys)\/product\/([^/]+)\/([a-z_]+)$/

/** Classifies a message; undefined: its topic is not one on which docks or aircraft publish. */
export const readTraffic = (topic: string, payload: Uint8Array): Traffic | undefined => {
  const [, root, sn = '', channel = ''] = topicPattern.exec(topic) ?? []
  const read = readers[`${root}/${channel}`]
  if (!read || !dockSnPattern.test(sn)) return undefined
  const message = parseJson(payload)
  if (!isFields(message)) return { kind: 'unreadable', sn, needsReply: false }
  const gateway = identifier(message.gateway)
  const gatewaySn = gateway !== undefined && dockSnPattern.test(gateway) ? gateway : undefined
  const needsReply = integer(message.need_reply) === 1
  return { ...read(message), sn, needsReply, ...(gatewaySn === undefined ? {} : { gatewaySn }) }
}

const isOurs = (message: Fields, methods: readonly string[], marks: readonly string[]): boolean =>
  isBlank(message.method)
    ? marks.some((path) => (at(message, path) ?? undefined) !== undefined)
    : isOneOf(methods, message)

const isOneOf = (methods: readonly string[], message: Fields): boolean =>
  methods.some((method) => method === bare(message.method))

const event = (message: Fields): About => {
  if (bare(message.method) === alarmMethods.alarms)
    return { kind: 'alarms', list: alarmsIn(at(message, 'data.list')) }
  if (bare(message.method) === alarmMethods.flight)
    return { kind: isFinal(bare(at(message, flightStatusPath))) ? 'flightEnd' : 'other' }
  if (isOneOf(upgradeEventMethods, message) || (isBlank(message.method) && isUpgradeStep(message)))
    return { kind: 'upgrade' }
  if (isOurs(message, eventMethods, eventMarks)) return { kind: 'remoteLog' }
  const isDebug = isBlank(message.method) ? isBareStatus(message) : isOneOf(debugEventMethods, message)
  return { kind: isDebug ? 'debug' : 'other' }
}

const isFinal = (status: unknown): boolean =>
  typeof status === 'string' && Object.hasOwn(finalStatuses, status)

const reply = (message: Fields): About => {
  if (isOneOf(upgradeReplyMethods, message)) return { kind: 'upgrade' }
  if (isOneOf(debugReplyMethods, message)) return { kind: 'debug' }
  // Without a method it may be any of these; all are forwarded.
  return { kind: isOurs(message, replyMethods, replyMarks) ? 'remoteLog' : 'other' }
}

/**
 * An alarm is identified by its code and its component; its level, and whether it is in the air, may change.
 */
const alarmsIn = (list: unknown): string => {
  const alarms = (Array.isArray(list) ? list.slice(0, maxAlarms) : []).map((alarm) =>
    ['code', 'level', 'in_the_sky', 'args.component_index', 'args.sensor_index']
      .map((path) => shortOf(at(alarm, path)))
      .join(','),
  )
  return alarms.sort().join(';')
}

/** Codes have ten characters, numbers fewer. An object is not converted: its `toString` is the sender's. */
const shortOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 64) : ''

/** The vendor's page allows 20. */
const maxAlarms = 100

const topology = (message: Fields): About => {
  const devices = at(message, 'data.sub_devices')
  const sns = (Array.isArray(devices) ? devices.slice(0, maxAircraft) : []).map((device) =>
    identifier(at(device, 'sn')),
  )
  return {
    kind: 'topology',
    isDock: integer(at(message, 'data.domain')) === dockDomain,
    aircraft: sns.flatMap((sn) => (sn !== undefined && dockSnPattern.test(sn) ? [sn] : [])),
    // A dock waits for an answer; its last will, which the broker publishes, does not.
    asksNothing: identifier(message.tid) === undefined,
  }
}

/** 0 is an aircraft, 2 a remote controller. */
const dockDomain = 3

/** A dock has one aircraft; the pages announce more for later. */
const maxAircraft = 4

const situation = (message: Fields): About => {
  const mode = modes[integer(at(message, 'data.mode_code')) ?? -1]
  const sn = identifier(at(message, 'data.sub_device.device_sn'))
  const on = integer(at(message, 'data.sub_device.device_online_status'))
  return {
    kind: 'situation',
    ...(mode ? { mode } : {}),
    ...(sn !== undefined && dockSnPattern.test(sn) && on !== undefined
      ? { aircraft: { sn, on: on === 1 } }
      : {}),
  }
}

const property = (message: Fields): About => {
  const version = at(message, 'data.firmware_version')
  return typeof version === 'string' && /^[\w.+-]{1,64}$/.test(version)
    ? { kind: 'firmware', version }
    : { kind: 'other' }
}

const readers: Readonly<Record<string, (message: Fields) => About>> = {
  'thing/events': event,
  'thing/services_reply': reply,
  'thing/requests': () => ({ kind: 'request' }),
  'thing/osd': situation,
  'thing/state': property,
  'sys/status': topology,
}
