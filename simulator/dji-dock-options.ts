import type { EventEmitter } from 'node:events'
import type { Module } from '../protocols/dji-remote-log/facts.ts'
import type { Attempt } from './curiosity.ts'
import type { PowerReport } from './debugging/state.ts'
import type { ExportReport } from './export-report.ts'
import type { Faults } from './faults.ts'
import type { UpgradeReport } from './firmware/upgrade-run.ts'
import type { PackedArchive } from './log-archive.ts'
import type { BootLogs } from './log-files.ts'
import type { Wait } from './online/asking.ts'
import type { Membership } from './online/come-online.ts'
import type { FlightReport } from './online/flight-state.ts'
import type { Pace } from './pace.ts'

/** How a simulated dock is set up. Serial numbers are letters and digits. */
export type DockOptions = {
  mqttUrl: string
  dockSn: string
  aircraftSn: string
  /** What they have recorded before. @default one boot a day and device, see `logsOfLastDays` */
  logs?: Partial<BootLogs>
  /** What its machines run in the beginning. @default as a real Dock 3 did in 2026 */
  firmware?: Partial<Record<Module, string>>
  /** @default 'demo' */
  pace?: Pace
  faults?: Faults
  /** True time in epoch milliseconds. @default Date.now */
  now?: () => number
  /** How far the dock's own clock is ahead of true time. @default 0 */
  clockOffsetMs?: number
  /**
   * Events ask to be acknowledged and are sent again until they are; at pace `instant` never again. @default
   * false
   */
  needReply?: boolean
  /**
   * The dock comes online with its server as a real one does, and does nothing for it before. @default the dock
   * belongs to another platform, which answers what it asks
   */
  member?: Membership
  /** Called before it connects, for whoever wants to see it come online. */
  began?: (dock: Heard) => void
  /** How it waits for answers, and between what it sends by itself. @default real time */
  wait?: Wait
  /** @default the dock's serial number */
  clientId?: string
  username?: string
  password?: string
  /** 4 is MQTT 3.1.1. @default 4 */
  protocolVersion?: 4 | 5
}

/** A dock that one can listen to. */
export type Heard = { dockSn: string; events: EventEmitter<DockEvents> }

/**
 * What a simulated dock does, as it does it. `idle` follows an export's last report, or the return from a
 * restart.
 */
export type DockEvents = {
  command: [{ method: string; result: number }]
  progress: [ExportReport]
  packed: [PackedArchive]
  uploaded: [PackedArchive]
  tried: [Attempt]
  idle: []
  upgrading: [UpgradeReport]
  power: [PowerReport]
  flight: [FlightReport]
  /** An upgrade has ended, however it did, and the machines are back. */
  upgraded: []
  /** A machine has restarted and runs this. */
  runs: [{ sn: string; version: string }]
  online: []
  /** A step of coming online with its server. */
  joining: [string]
  offline: []
  error: [unknown]
}
