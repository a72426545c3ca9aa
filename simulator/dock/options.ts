import type { EventEmitter } from 'node:events'
import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import type { Pace } from '../pace.ts'
import type { Attempt } from './curiosity.ts'
import type { PowerReport } from './debugging/state.ts'
import type { Faults } from './faults.ts'
import type { UpgradeReport } from './firmware/upgrade-run.ts'
import type { PackedArchive } from './logs/archive.ts'
import type { ExportReport } from './logs/export-report.ts'
import type { BootLogs } from './logs/files.ts'
import type { Wait } from './online/asking.ts'
import type { Membership } from './online/come-online.ts'
import type { FlightReport } from './online/flight-state.ts'

/** The options of a simulated dock. Serial numbers are letters and digits. */
export type DockOptions = {
  mqttUrl: string
  dockSn: string
  aircraftSn: string
  /** Earlier logs of its machines. @default one boot a day and device, see `logsOfLastDays` */
  logs?: Partial<BootLogs>
  /** The initial firmware of its machines. @default as on a real Dock 3 in 2026 */
  firmware?: Partial<Record<Module, string>>
  /** @default 'demo' */
  pace?: Pace
  faults?: Faults
  /** True time in epoch milliseconds. @default Date.now */
  now?: () => number
  /** How far the dock's clock is ahead of true time. @default 0 */
  clockOffsetMs?: number
  /**
   * Events request an acknowledgement and are repeated until it comes; at pace `instant` never. @default
   * false
   */
  needReply?: boolean
  /**
   * The dock comes online with its server as a real one does, and ignores commands before. @default the dock
   * belongs to another platform, which answers its requests
   */
  member?: Membership
  /** Called before it connects, so that a caller can watch it come online. */
  began?: (dock: EventSource) => void
  /** How it waits for answers, and between periodic messages. @default real time */
  wait?: Wait
  /** @default the dock's serial number */
  clientId?: string
  username?: string
  password?: string
  /** 4 is MQTT 3.1.1. @default 4 */
  protocolVersion?: 4 | 5
}

/** A dock that emits events. */
export type EventSource = { dockSn: string; events: EventEmitter<DockEvents> }

/** The events of a simulated dock. `idle` follows an export's last report, or the return from a restart. */
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
  /** An upgrade has ended, with any result, and the machines are back. */
  upgraded: []
  /** A machine has restarted with this version. */
  runs: [{ sn: string; version: string }]
  online: []
  /** A step of coming online with its server. */
  joining: [string]
  offline: []
  error: [unknown]
}
