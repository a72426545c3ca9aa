/**
 * The topics on which a dock requests what it needs from its server, and reports what is connected to it.
 * Plain data: the topic rules, the broker policies and the simulator are generated from it.
 *
 * Source: DJI Cloud API, "Topic Definition", "Device", "Organization" and "Config" (README.md has the pages).
 */
import { methods as upgradeMethods } from '../dji-firmware/topics.ts'
import { eventMethods as debugEventMethods } from '../dji-remote-debug/topics.ts'
import { methods as logMethods } from '../dji-remote-log/topics.ts'

/** What a device publishes on `thing/product/{sn}/…`: a dock the first list, an aircraft the second. */
const dockKinds = ['services_reply', 'events', 'requests', 'osd', 'state', 'property/set_reply', 'drc/up']
/** A Dock 3 also publishes its aircraft's alarms, every two seconds while the aircraft is on. */
const aircraftKinds = ['osd', 'state', 'events']

/** What the server publishes on `thing/product/{sn}/…`. */
const toDockKinds = ['services', 'events_reply', 'requests_reply', 'state_reply', 'property/set', 'drc/down']
const toAircraftKinds = ['events_reply', 'state_reply']

const of = (sn: string, kinds: readonly string[]): readonly string[] =>
  kinds.map((kind) => `thing/product/${sn}/${kind}`)

/**
 * All topics of one dock, for policies: those of remote logs are among them. `+` gives filters for all docks,
 * `*` resource patterns.
 */
export const topicsOfDock = (dockSn: string) => ({
  published: [...of(dockSn, dockKinds), `sys/product/${dockSn}/status`],
  received: [...of(dockSn, toDockKinds), `sys/product/${dockSn}/status_reply`],
})

/** The topics that a dock also uses, in its aircraft's name. */
export const topicsOfAircraft = (aircraftSn: string) => ({
  published: of(aircraftSn, aircraftKinds),
  received: of(aircraftSn, toAircraftKinds),
})

/** The topics of a device, dock or aircraft, that this folder reads and answers on, in the vendor's terms. */
export const topicsOf = (sn: string) => ({
  /** Up: a dock's requests. */
  requests: `thing/product/${sn}/requests`,
  /** Down: the answers. */
  requestsReply: `thing/product/${sn}/requests_reply`,
  /** Up: which aircraft is connected to a dock. */
  status: `sys/product/${sn}/status`,
  statusReply: `sys/product/${sn}/status_reply`,
  /** Up: properties that have changed. */
  state: `thing/product/${sn}/state`,
  stateReply: `thing/product/${sn}/state_reply`,
  /** Up: events. */
  events: `thing/product/${sn}/events`,
  eventsReply: `thing/product/${sn}/events_reply`,
  /** Up: properties, several times a second. Nothing in the cloud subscribes to it. */
  osd: `thing/product/${sn}/osd`,
})

/**
 * What the server subscribes to. Every filter has the serial number in the same segment (`dockSnSegment`).
 */
export const topicFilters = {
  requests: topicsOf('+').requests,
  status: topicsOf('+').status,
  state: topicsOf('+').state,
  events: topicsOf('+').events,
} as const

/** The vendor's method names. */
export const methods = {
  config: 'config',
  bindStatus: 'airport_bind_status',
  organization: 'airport_organization_get',
  bind: 'airport_organization_bind',
  flightAreas: 'flight_areas_get',
  offlineMap: 'offline_map_get',
  topology: 'update_topo',
} as const

/** Events that the code that records them acknowledges. */
export const acknowledgedElsewhere: readonly string[] = [
  logMethods.progress,
  upgradeMethods.progress,
  ...debugEventMethods,
]

/** The path of a device's firmware version in a message on `state`. */
export const firmwarePath = 'data.firmware_version'
