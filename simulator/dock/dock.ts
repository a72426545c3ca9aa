import type { EventEmitter } from 'node:events'
import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import type { Pace } from '../pace.ts'
import { loseDebugMode } from './debugging/power.ts'
import { connect, createDock, play, restart } from './device.ts'
import type { Faults } from './faults.ts'
import type { PackedArchive } from './logs/archive.ts'
import type { BootLogs } from './logs/files.ts'
import type { SimulatedAlarm } from './online/alarms.ts'
import type { FlightEnding } from './online/flight-state.ts'
import { fly, type SimulatedFlight } from './online/flights.ts'
import type { DockEvents, DockOptions } from './options.ts'

/** A running simulated dock. */
export type DockHandle = {
  dockSn: string
  aircraftSn: string
  boots: BootLogs
  /** The versions of its machines. */
  firmware: Readonly<Record<Module, string>>
  /** Whether its server has it in debug mode, and whether its aircraft is on. */
  power: () => { isDebugging: boolean; isAircraftOn: boolean }
  /** The archives that the dock has packed, uploaded or not. */
  archives: readonly PackedArchive[]
  /** Wait with `once(dock.events, 'idle')` of `node:events`. */
  events: EventEmitter<DockEvents>
  /** Reports a standing alarm at once, and every two seconds from then on. A log of the machine covers it. */
  raiseAlarm: (alarm: SimulatedAlarm) => void
  /** Clears one alarm of a machine, or all of them. @default the dock's */
  clearAlarm: (of?: Module, code?: string) => void
  /** Raises that many different alarms at once; a message has the newest 20. @default the dock's */
  storm: (alarms: number, of?: Module) => void
  /**
   * Flies a task; resolves to its id when it has ended. Until then the dock does not export. Rejects with
   * `Grounded` while the dock is busy.
   */
  fly: (flight?: SimulatedFlight) => Promise<string>
  /** Ends a flight early. @default 'ok' */
  land: (end?: FlightEnding) => void
  /** Replaces the faults. Connects, disconnects or starts another platform's export accordingly. */
  setFaults: (faults: Faults) => Promise<void>
  /** Takes effect at the next step. */
  setPace: (pace: Pace) => void
  /** Loses the connection to the broker, not the one to storage: a running export continues unreported. */
  goOffline: () => void
  comeBack: () => Promise<void>
  /** Power off and on. A running export or upgrade is lost and, unless `silent`, reported as lost. */
  restart: (afterwards?: 'reported' | 'silent') => Promise<void>
  /** Disconnects; a running export or upgrade ends unreported. Safe to repeat. */
  close: () => Promise<void>
}

/**
 * Starts a dock as an MQTT client with real log files. It lists them, and uploads the selected ones to object
 * storage with the lent credentials, as the vendor documents ("Remote Log" of Dock 1, 2 and 3). It downloads
 * firmware for itself and its aircraft, checks and installs it, and restarts ("Firmware Upgrade"). Resolves
 * when it is connected, and online with its server if it has one here; at once with the fault `offline`.
 * Rejects if the broker cannot be reached or refuses it, or the server does not answer as it must.
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
