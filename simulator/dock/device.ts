import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { modes } from '../../protocols/dji-dock/modes.ts'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import { createLink, type Link } from '../dock-link.ts'
import { msPerStep, type Pace, type Tick, ticker } from '../pace.ts'
import { readAcknowledgement, readCommand } from './commands.ts'
import { type DebuggedDock, loseDebugMode } from './debugging/power.ts'
import type { Debugging } from './debugging/state.ts'
import type { Faults } from './faults.ts'
import {
  beginUpgrade,
  isAircraftOn,
  reportFirmware,
  reportUpgrade,
  type Upgrading,
} from './firmware/dock-upgrade.ts'
import type { PackedArchive } from './logs/archive.ts'
import { type LogExport, startExport } from './logs/export.ts'
import type { ExportReport } from './logs/export-report.ts'
import type { ExportNeeds, ExportRequest } from './logs/export-run.ts'
import { createRecorder, type Recorder } from './logs/recorded.ts'
import { progressEvent, reply } from './messages.ts'
import { type Alarms, createAlarms } from './online/alarms.ts'
import { BadAnswer, NoAnswer } from './online/asking.ts'
import type { Flying } from './online/flight-state.ts'
import { models } from './online/machines.ts'
import { createServerSession, type ServerSession } from './online/session.ts'
import type { DockEvents, DockOptions } from './options.ts'
import { type Commanded, carryOut, foreignRequest } from './orders.ts'
import { createOutbox, type Outbox } from './outbox.ts'

/** A dock's internal state. Only `current` changes. */
export type Dock = Commanded &
  DebuggedDock & {
    archives: PackedArchive[]
    events: EventEmitter<DockEvents>
    tick: Tick
    now: () => number
    needReply: boolean
    link: Link
    /** Absent: another platform is the dock's server. */
    session?: ServerSession
    alarms: Alarms
    recorder: Recorder
    mode: () => number
    outbox: Outbox
    current: Upgrading & Debugging & Flying & { faults: Faults; running?: LogExport | undefined; pace: Pace }
  }

const report = (dock: Dock, progress: ExportReport): void => {
  dock.events.emit('progress', progress)
  const { serials, needReply, now, faults } = dock
  const sender = { dockSn: serials.dock, needReply, timestamp: now(), faults: faults() }
  dock.outbox.event(progressEvent(progress, sender))
}

const rest = (dock: Dock): void => {
  dock.current.running = undefined
  dock.outbox.flush()
  dock.events.emit('idle')
}

const begin = (dock: Dock, request: ExportRequest): void => {
  const needs: ExportNeeds = {
    tick: dock.tick,
    now: dock.now,
    faults: dock.faults,
    isAircraftOn: dock.isAircraftOn,
    report: (progress) => report(dock, progress),
    packed: (archive) => {
      dock.archives.push(archive)
      dock.events.emit('packed', archive)
    },
    stored: (archive) => dock.events.emit('uploaded', archive),
    tried: (attempt) => dock.events.emit('tried', attempt),
    powerFails: (afterwards) => {
      restart(dock, afterwards).catch((error: unknown) => dock.events.emit('error', error))
    },
  }
  const running = startExport(request, needs)
  dock.current.running = running
  running.done.then(
    (finished) => finished && rest(dock),
    (error: unknown) => dock.events.emit('error', error),
  )
}

/** Connects, and comes online with its server if it has one here. */
export const connect = async (dock: Dock): Promise<void> => {
  await dock.link.open()
  await join(dock)
  reportFirmware(dock)
}

/**
 * If the server fails it, the dock disconnects; if the connection breaks meanwhile, it starts over on the
 * next one.
 */
const join = async ({ session, link }: Dock): Promise<void> => {
  try {
    await session?.begin()
  } catch (error) {
    if (!(error instanceof BadAnswer)) return
    link.cut()
    throw error
  }
}

/**
 * Connects after a restart that nobody waits for. It tries again while the server does not answer: otherwise
 * a single late answer would keep the dock away for good.
 */
const comeBack = async (dock: Dock): Promise<void> => {
  while (!dock.current.closed)
    try {
      return await connect(dock)
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
    }
}

/**
 * Power off and on. A running export or upgrade is lost and, unless `silent`, reported as lost once the dock
 * is back.
 */
export const restart = async (dock: Dock, afterwards: 'reported' | 'silent'): Promise<void> => {
  const lost = dock.current.running?.cutPower()
  const lostUpgrade = dock.current.upgrade?.cutPower()
  dock.current.upgrade = undefined
  loseDebugMode(dock)
  dock.current.flight?.cutPower()
  dock.recorder.end('dock')
  dock.outbox.close()
  dock.link.cut()
  await dock.tick()
  if (dock.current.closed) return
  if (!dock.faults().offline) await connect(dock)
  if (lost && afterwards === 'reported') report(dock, lost)
  if (lostUpgrade && afterwards === 'reported') reportUpgrade(dock, lostUpgrade)
  rest(dock)
  if (lostUpgrade) dock.events.emit('upgraded')
}

/** Replaces the faults; connects, disconnects or starts another platform's actions accordingly. */
export const play = async (dock: Dock, faults: Faults): Promise<void> => {
  const { offline: wasOffline, aircraftOff: wasOff, debuggedByOther: wasDebugged } = dock.faults()
  dock.current.faults = faults
  if (faults.debuggedByOther || wasDebugged) dock.current.isDebugging = faults.debuggedByOther ?? false
  // Somebody switched the aircraft by hand.
  if (wasOff !== faults.aircraftOff) dock.current.switchedOn = undefined
  if (!dock.isAircraftOn()) dock.recorder.end('aircraft')
  if (faults.offline) dock.link.cut()
  else if (wasOffline) await connect(dock)
  else if (wasOff !== faults.aircraftOff) await dock.session?.aircraftChanged()
  if (faults.foreignExport && !dock.running()) begin(dock, foreignRequest(dock, randomUUID()))
}

const obey = (dock: Dock, payload: string): void => {
  const command = readCommand(payload)
  if (!command) return
  const answer = carryOut(dock, command)
  dock.events.emit('command', { method: command.method, result: answer.result })
  const { noReply, lateReply } = dock.faults()
  const send = () => dock.outbox.reply(reply(command, dock.now(), answer))
  if (lateReply !== undefined) setTimeout(send, lateReply).unref()
  else if (!noReply) send()
}

const receive = (dock: Dock, topic: string, payload: string): void => {
  const { services, eventsReply } = topicsOf(dock.serials.dock)
  if (topic === services) {
    // A dock that is not online with its server ignores its commands.
    if (dock.session?.isOnline() !== false) obey(dock, payload)
  } else if (topic !== eventsReply) dock.session?.received(topic, payload)
  else {
    const tid = readAcknowledgement(payload)
    if (tid) dock.outbox.acknowledged(tid)
  }
}

/** Emits each change once, however often a reconnecting client announces it. */
const stateReporter = (events: EventEmitter<DockEvents>) => {
  let last = 'offline'
  return (state: 'online' | 'offline') => {
    if (state !== last) events.emit(state)
    last = state
  }
}

const linkOf = (options: DockOptions, dock: () => Dock, events: EventEmitter<DockEvents>): Link => {
  const { mqttUrl, dockSn, clientId = dockSn, protocolVersion = 4, username, password } = options
  const login = { ...(username !== undefined && { username }), ...(password !== undefined && { password }) }
  const { services, eventsReply } = topicsOf(dockSn)
  const reportState = stateReporter(events)
  return createLink(
    { mqttUrl, clientId, protocolVersion, ...login },
    {
      topics: () => [services, eventsReply, ...(dock().session?.topics ?? [])],
      received: (topic, payload) => receive(dock(), topic, payload),
      changed: (state, isFirst) => {
        reportState(state)
        const { session } = dock()
        if (state === 'offline') session?.lost()
        else if (!isFirst) join(dock()).catch((error: unknown) => events.emit('error', error))
      },
    },
  )
}

const modeOf = ({ upgrade, running, isDebugging, flight }: Dock['current']): number =>
  modes.indexOf(
    upgrade ? 'upgrading' : isDebugging ? 'remoteDebugging' : (running ?? flight) ? 'working' : 'idle',
  )

/** Reports to its server that the aircraft is on or off, and then its version. */
const reportAircraft = async (dock: Dock): Promise<void> => {
  await dock.session?.aircraftChanged()
  if (dock.isAircraftOn()) reportFirmware(dock, ['aircraft'])
  else dock.recorder.end('aircraft')
}

/** A dock that is not connected yet. */
export const createDock = (options: DockOptions): Dock => {
  const { dockSn, aircraftSn, pace = 'demo', needReply = false } = options
  const now = () => (options.now ?? Date.now)() + (options.clockOffsetMs ?? 0)
  const events = new EventEmitter<DockEvents>()
  options.began?.({ dockSn, events })
  const firmware = { dock: models.dock.firmware, aircraft: models.aircraft.firmware, ...options.firmware }
  const current: Dock['current'] = {
    faults: {},
    closed: false,
    pace,
    firmware,
    isAircraftAway: false,
    isDebugging: false,
  }
  const tick: Tick = (signal) => ticker(current.pace)(signal)
  const faults = () => current.faults
  const link = linkOf(options, () => dock, events)
  const serials = { aircraft: aircraftSn, dock: dockSn }
  const recorder = createRecorder({ serials, given: options.logs, now })
  const isFlying = () => current.flight !== undefined
  const alarms = createAlarms({
    dockSn,
    aircraftSn,
    now,
    isFlying,
    publish: link.publish,
    isAircraftOn: () => isAircraftOn(dock),
    raised: recorder.cover,
    ...(options.wait && { wait: options.wait }),
  })
  if (options.member) alarms.leaveToSession()
  const session =
    options.member &&
    createServerSession({
      dockSn,
      aircraftSn,
      member: options.member,
      now,
      alarms,
      isFlying,
      aircraftOn: () => isAircraftOn(dock),
      mode: () => modeOf(current),
      firmware: () => current.firmware,
      publish: (topic, payload, qos) => link.publish(topic, payload, qos),
      subscribe: (topics) => link.subscribe(topics),
      onStep: (step) => events.emit('joining', step),
      ...(options.wait && { wait: options.wait }),
    })
  const resends = needReply && msPerStep(pace) > 0
  const dock: Dock = {
    serials,
    recorder,
    boots: recorder.boots,
    archives: [],
    faults,
    isAircraftOn: () => isAircraftOn(dock),
    aircraftChanged: () => reportAircraft(dock),
    mode: () => modeOf(current),
    running: () => current.running,
    begin: (request) => begin(dock, request),
    upgrading: () => current.upgrade,
    upgrade: (request) => beginUpgrade(dock, () => comeBack(dock), request),
    outbox: createOutbox({ dockSn, faults, publish: link.publish, ...(resends && { resendTick: tick }) }),
    events,
    tick,
    now,
    needReply,
    link,
    alarms,
    current,
    ...(session && { session }),
  }
  return dock
}
