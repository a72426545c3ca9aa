import { randomUUID } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import { methods } from '../../../protocols/dji-alarms/topics.ts'
import { topicsOf } from '../../../protocols/dji-dock/topics.ts'
import type { Module } from '../../../protocols/dji-remote-log/facts.ts'
import { msPerStep, type Pace, ticker } from '../../pace.ts'
import type { Recorder } from '../logs/recorded.ts'
import type { DockEvents } from '../options.ts'
import type { FlightEnding, FlightReport, Flying } from './flight-state.ts'
import { workOf } from './telemetry.ts'

/**
 * @default a generated id, a flight that ends well. `reports`: the number of position reports, one a second
 * at pace `real`; 30 by default.
 */
export type SimulatedFlight = { flightId?: string; end?: FlightEnding; reports?: number }

/** The part of a dock for flights. */
export type FlyingDock = {
  serials: Readonly<Record<Module, string>>
  now: () => number
  events: EventEmitter<DockEvents>
  recorder: Recorder
  link: { publish: (topic: string, payload: string, qos?: 0 | 1) => void }
  /** Present: a dock that reports its work periodically. */
  session?: unknown
  isAircraftOn: () => boolean
  aircraftChanged: () => Promise<void>
  running: () => unknown
  upgrading: () => unknown
  mode: () => number
  current: Flying & { isDebugging: boolean; pace: Pace }
}

/** The dock is busy with work that excludes a flight. */
export class Grounded extends Error {
  override readonly name = 'Grounded'
}

const hindrance = ({ current, running, upgrading }: FlyingDock): string | undefined => {
  if (current.flight) return 'it is in flight already'
  if (running()) return 'it exports logs'
  if (upgrading()) return 'it upgrades'
  return current.isDebugging ? 'it is in debug mode' : undefined
}

/**
 * Flies a task and reports it as a recorded Dock 3 does. Resolves to the flight's id once the aircraft has
 * landed and the dock has reported it, or has lost power meanwhile. The aircraft is on during the flight, and
 * then has a log of it.
 * @throws Grounded while the dock exports, upgrades, is debugged or flies already.
 */
export const fly = async (dock: FlyingDock, flight: SimulatedFlight = {}): Promise<string> => {
  const why = hindrance(dock)
  if (why) throw new Grounded(`The dock cannot fly: ${why}`)
  const { flightId = randomUUID(), reports = 30 } = flight
  let { end = 'ok' } = flight
  if (end === 'rejected') {
    sendReport(dock, { flightId, percent: 0, end })
    return flightId
  }
  const [power, landing] = [new AbortController(), new AbortController()]
  const wasOn = dock.isAircraftOn()
  const land = (early: FlightEnding) => {
    end = early
    landing.abort()
  }
  dock.current.flight = { land, cutPower: () => power.abort() }
  dock.recorder.begin('aircraft')
  try {
    reportWork(dock)
    if (!wasOn) await dock.aircraftChanged()
    await inTheAir(dock, flightId, reports, AbortSignal.any([power.signal, landing.signal]))
  } finally {
    // Its logs can be requested as soon as it has reported the landing.
    dock.recorder.end('aircraft')
    dock.current.flight = undefined
  }
  if (power.signal.aborted) return flightId
  reportWork(dock)
  sendReport(dock, { flightId, percent: 100, end })
  if (!wasOn) await dock.aircraftChanged()
  return flightId
}

const inTheAir = async (
  dock: FlyingDock,
  flightId: string,
  reports: number,
  stop: AbortSignal,
): Promise<void> => {
  for (let n = 0; n < reports && !stop.aborted; n += 1) {
    sendReport(dock, { flightId, percent: Math.floor((100 * n) / reports) })
    // Two flight reports come in the time of one export report.
    await ticker(msPerStep(dock.current.pace) / 2)(stop).catch(() => {})
  }
}

/** A dock's step from each percentage on: before take-off, on the way, its logs of the flight, the result. */
const steps = [
  { from: 100, step: 35, mission: 9 },
  { from: 95, step: 31, mission: 9 },
  { from: 90, step: 27, mission: 9 },
  { from: 20, step: 25, mission: 6 },
  { from: 0, step: 5, mission: 2 },
] as const

const sendReport = (dock: FlyingDock, report: FlightReport): void => {
  const { flightId, percent, end } = report
  const { step, mission } = steps.find(({ from }) => percent >= from) ?? steps[0]
  const ext = {
    current_waypoint_index: Math.floor(percent / 10),
    flight_id: flightId,
    track_id: flightId,
    wayline_id: 0,
    wayline_mission_state: mission,
  }
  const output = { ext, progress: { current_step: step, percent }, status: end ?? 'in_progress' }
  const head = { bid: flightId, tid: randomUUID(), timestamp: dock.now(), gateway: dock.serials.dock }
  const data = { output, result: end === 'failed' ? 321_513 : 0 }
  const message = { ...head, need_reply: 0, method: methods.flight, data }
  dock.link.publish(topicsOf(dock.serials.dock).events, JSON.stringify(message))
  dock.events.emit('flight', report)
}

/** A dock without a server here reports its work when it changes, the others periodically. */
const reportWork = (dock: FlyingDock): void => {
  if (dock.session) return
  const head = { tid: randomUUID(), bid: randomUUID(), timestamp: dock.now(), gateway: dock.serials.dock }
  const data = workOf(dock.mode(), dock.current.flight !== undefined)
  dock.link.publish(topicsOf(dock.serials.dock).osd, JSON.stringify({ ...head, data }), 0)
}
