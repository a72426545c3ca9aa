import type { EventEmitter } from 'node:events'
import { topicsOf } from '../../../protocols/dji-dock/topics.ts'
import type { Module } from '../../../protocols/dji-remote-log/facts.ts'
import type { Tick } from '../../pace.ts'
import type { Debugging } from '../debugging/state.ts'
import type { Faults } from '../faults.ts'
import type { Message } from '../messages.ts'
import type { Flying } from '../online/flight-state.ts'
import type { DockEvents } from '../options.ts'
import { firmwareMessage, upgradeEvent } from './messages.ts'
import { startUpgrade, type Upgrade, type UpgradeReport, type UpgradeRequest } from './upgrade-run.ts'

/** The upgrade state of a dock. `firmware`: the versions of its machines from their next restart on. */
export type Upgrading = {
  upgrade?: Upgrade | undefined
  firmware: Record<Module, string>
  isAircraftAway: boolean
  closed: boolean
}

/** The part of a dock that upgrades. */
export type UpgradingDock = {
  serials: Readonly<Record<Module, string>>
  faults: () => Faults
  tick: Tick
  now: () => number
  needReply: boolean
  events: EventEmitter<DockEvents>
  outbox: { event: (message: Message) => void; flush: () => void; close: () => void }
  link: { cut: () => void; end: () => Promise<void>; publish: (topic: string, payload: string) => void }
  /** Absent: another platform is the dock's server. */
  session?: { aircraftChanged: () => Promise<void>; aircraftRestarted: () => void }
  current: Upgrading & Pick<Debugging, 'switchedOn'> & Flying
}

type Power = {
  faults: () => Faults
  current: Pick<Upgrading, 'isAircraftAway'> & Pick<Debugging, 'switchedOn'> & Flying
}

export const isAircraftOn = ({ faults, current }: Power): boolean =>
  current.flight !== undefined || ((current.switchedOn ?? !faults().aircraftOff) && !current.isAircraftAway)

/** Reports the versions of its machines after connecting. A dock with a server here does that itself. */
export const reportFirmware = (
  dock: UpgradingDock,
  modules: readonly Module[] = ['dock', 'aircraft'],
): void => {
  const { serials, session, now, current, link } = dock
  if (session) return
  for (const module of modules) {
    if (module === 'aircraft' && !isAircraftOn(dock)) continue
    const message = firmwareMessage(serials.dock, current.firmware[module], now())
    link.publish(topicsOf(serials[module]).state, JSON.stringify(message))
  }
}

export const reportUpgrade = (dock: UpgradingDock, report: UpgradeReport): void => {
  const { serials, now, needReply } = dock
  dock.events.emit('upgrading', report)
  dock.outbox.event(upgradeEvent(report, { dockSn: serials.dock, timestamp: now(), needReply }))
}

/** A restarting dock disconnects from the broker; an aircraft alone goes off and on. */
const restart = async (
  dock: UpgradingDock,
  connect: () => Promise<void>,
  modules: readonly Module[],
): Promise<void> => {
  const { current, tick, link, outbox } = dock
  if (modules.includes('dock')) {
    outbox.close()
    // Its last message is delivered: the restart is deliberate.
    await link.end()
    await tick()
    if (current.closed || dock.faults().offline) return
    await connect()
  } else {
    current.isAircraftAway = true
    await dock.session?.aircraftChanged()
    await tick()
    current.isAircraftAway = false
    await dock.session?.aircraftChanged()
    dock.session?.aircraftRestarted()
    reportFirmware(dock, ['aircraft'])
  }
  for (const module of modules)
    dock.events.emit('runs', { sn: dock.serials[module], version: current.firmware[module] })
}

/** Starts an upgrade; `upgraded` is emitted once it has ended, with any result. */
export const beginUpgrade = (
  dock: UpgradingDock,
  connect: () => Promise<void>,
  request: UpgradeRequest,
): void => {
  const { current } = dock
  const upgrade = startUpgrade(request, {
    tick: dock.tick,
    faults: dock.faults,
    report: (report) => reportUpgrade(dock, report),
    restart: (modules) => restart(dock, connect, modules),
    put: (module, version) => {
      const before = current.firmware[module]
      current.firmware[module] = version
      return before
    },
    vanish: () => dock.link.cut(),
  })
  current.upgrade = upgrade
  upgrade.done.then(
    (finished) => {
      if (!finished) return
      current.upgrade = undefined
      dock.outbox.flush()
      dock.events.emit('upgraded')
    },
    (error: unknown) => dock.events.emit('error', error),
  )
}
