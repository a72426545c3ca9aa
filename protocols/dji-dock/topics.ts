/**
 * Where a dock asks its server for what it needs to work, and where it tells what hangs on it. Plain data: the
 * topic rules, the broker policies and the simulator are made from it.
 *
 * Source: DJI Cloud API, "Topic Definition", "Device", "Organization" and "Config" (README.md has the pages).
 */
import { methods as upgradeMethods } from '../dji-firmware/topics.ts'
import { eventMethods as debugEventMethods } from '../dji-remote-debug/topics.ts'
import { methods as logMethods } from '../dji-remote-log/topics.ts'

/** What a device publishes on `thing/product/{sn}/…`: a dock all of it, an aircraft the second list. */
const dockKinds = ['services_reply', 'events', 'requests', 'osd', 'state', 'property/set_reply', 'drc/up']
/** A Dock 3 publishes its aircraft's alarms too, every two seconds while the aircraft is on. */
const aircraftKinds = ['osd', 'state', 'events']

/** What the server publishes on `thing/product/{sn}/…`. */
const toDockKinds = ['services', 'events_reply', 'requests_reply', 'state_reply', 'property/set', 'drc/down']
const toAircraftKinds = ['events_reply', 'state_reply']

const of = (sn: string, kinds: readonly string[]): readonly string[] =>
  kinds.map((kind) => `thing/product/${sn}/${kind}`)

/**
 * Every topic of one dock, for what permits topics: those of remote logs are among them. `+` gives filters for
 * all docks, `*` resource patterns.
 */
export const topicsOfDock = (dockSn: string) => ({
  published: [...of(dockSn, dockKinds), `sys/product/${dockSn}/status`],
  received: [...of(dockSn, toDockKinds), `sys/product/${dockSn}/status_reply`],
})

/** The topics that a dock uses besides, in its aircraft's name. */
export const topicsOfAircraft = (aircraftSn: string) => ({
  published: of(aircraftSn, aircraftKinds),
  received: of(aircraftSn, toAircraftKinds),
})

/** The topics of a device, dock or aircraft, that this folder reads and answers on, in the vendor's words. */
export const topicsOf = (sn: string) => ({
  /** Up: what a dock asks. */
  requests: `thing/product/${sn}/requests`,
  /** Down: the answers. */
  requestsReply: `thing/product/${sn}/requests_reply`,
  /** Up: which aircraft hangs on a dock. */
  status: `sys/product/${sn}/status`,
  statusReply: `sys/product/${sn}/status_reply`,
  /** Up: properties that have changed. */
  state: `thing/product/${sn}/state`,
  stateReply: `thing/product/${sn}/state_reply`,
  /** Up: what happened. */
  events: `thing/product/${sn}/events`,
  eventsReply: `thing/product/${sn}/events_reply`,
  /** Up: properties, several times a second. Nothing in the cloud listens to it. */
  osd: `thing/product/${sn}/osd`,
})

/** What the server listens to. Every filter has the serial number at the same place (`dockSnSegment`). */
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

/** Events that are acknowledged elsewhere, by whoever records them. */
export const acknowledgedElsewhere: readonly string[] = [
  logMethods.progress,
  upgradeMethods.progress,
  ...debugEventMethods,
]

/** The property that tells a device's firmware, at its place in a message on `state`. */
export const firmwarePath = 'data.firmware_version'
