import type { EventEmitter } from 'node:events'
import type { Module } from '../protocols/dji-remote-log/facts.ts'
import { loseDebugMode } from './debugging/power.ts'
import type { DockEvents, DockOptions } from './dji-dock-options.ts'
import { connect, createDock, play, restart } from './dock-device.ts'
import type { Faults } from './faults.ts'
import type { PackedArchive } from './log-archive.ts'
import type { BootLogs } from './log-files.ts'
import type { SimulatedAlarm } from './online/alarms.ts'
import type { FlightEnding } from './online/flight-state.ts'
import { fly, type SimulatedFlight } from './online/flights.ts'
import type { Pace } from './pace.ts'

/** A simulated dock at work. */
export type DockHandle = {
  dockSn: string
  aircraftSn: string
  boots: BootLogs
  /** What its machines run. */
  firmware: Readonly<Record<Module, string>>
  /** Whether it is in debug mode by its server, and whether its aircraft is on. */
  power: () => { isDebugging: boolean; isAircraftOn: boolean }
  /** What the dock packed, uploaded or not. */
  archives: readonly PackedArchive[]
  /** Wait with `once(dock.events, 'idle')` of `node:events`. */
  events: EventEmitter<DockEvents>
  /** Tells at once, and every two seconds from then on, that an alarm stands. A log of the machine covers it. */
  raiseAlarm: (alarm: SimulatedAlarm) => void
  /** One of a machine has ended, or all of them. @default the dock's */
  clearAlarm: (of?: Module, code?: string) => void
  /** So many different alarms at once; a message has the newest 20. @default the dock's */
  storm: (alarms: number, of?: Module) => void
  /**
   * Flies a task; resolves to its id when it has ended. Until then it exports nothing. Rejects with `Grounded` while the
   * dock is at something else.
   */
  fly: (flight?: SimulatedFlight) => Promise<string>
  /** Ends a flight early. @default 'ok' */
  land: (end?: FlightEnding) => void
  /** Replaces the faults. Connects, disconnects or begins another platform's export as they ask. */
  setFaults: (faults: Faults) => Promise<void>
  /** From the next step on. */
  setPace: (pace: Pace) => void
  /**
   * Loses the link to the broker, not the one to storage: a running export goes on, and nobody hears of it.
   */
  goOffline: () => void
  comeBack: () => Promise<void>
  /** Power off and on. A running export or upgrade is lost and, unless `silent`, reported as such. */
  restart: (afterwards?: 'reported' | 'silent') => Promise<void>
  /** Leaves the broker; a running export or upgrade ends unreported. Safe to repeat. */
  close: () => Promise<void>
}

/**
 * Starts a dock as an MQTT client that has real log files, lists them, and uploads the chosen ones to object
 * storage with the credentials lent for it, as the vendor documents ("Remote Log" of Dock 1, 2 and 3). It
 * fetches firmware for itself and its aircraft, checks it, restarts and runs it ("Firmware Upgrade").
 * Resolves when it is connected, and online with its server if it has one here; at once with the fault
 * `offline`. Rejects if the broker cannot be reached or refuses it, or the server does not answer as it must.
 */
export const startDock = async (options: DockOptions): Promise<DockHandle> => {
  const dock = createDock(options)
  const { boots, archives, events, link } = dock
  dock.current.faults = options.faults ?? {}
  if (!options.faults?.offline) await connect(dock)
  await play(dock, options.faults ?? {})
  return {
    dockSn: options.dockSn,
    aircraftSn: options.aircraftSn,
    boots,
    archives,
    events,
    firmware: dock.current.firmware,
    power: () => ({ isDebugging: dock.current.isDebugging, isAircraftOn: dock.isAircraftOn() }),
    raiseAlarm: dock.alarms.raise,
    clearAlarm: dock.alarms.clear,
    storm: dock.alarms.storm,
    fly: (flight) => fly(dock, flight),
    land: (end = 'ok') => dock.current.flight?.land(end),
    setFaults: (faults) => play(dock, faults),
    setPace: (pace) => {
      dock.current.pace = pace
    },
    goOffline: () => link.cut(),
    comeBack: () => connect(dock),
    restart: (afterwards = 'reported') => restart(dock, afterwards),
    close: async () => {
      dock.current.closed = true
      dock.running()?.cutPower()
      dock.upgrading()?.cutPower()
      loseDebugMode(dock)
      dock.current.flight?.cutPower()
      dock.outbox.close()
      dock.alarms.close()
      dock.session?.lost()
      await link.end()
    },
  }
}
