import { randomUUID } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import * as z from 'zod'
import { methods } from '../../../protocols/dji-remote-debug/topics.ts'
import type { Tick } from '../../pace.ts'
import type { Faults } from '../faults.ts'
import type { Message } from '../messages.ts'
import type { Flying } from '../online/flight-state.ts'
import type { DockEvents } from '../options.ts'
import { resultCodes } from '../result-codes.ts'
import type { Debugging, PowerReport } from './state.ts'

/**
 * A dock's debug mode, in which its aircraft is switched on and off, as the vendor documents ("Remote
 * Debugging"). Where its page leaves a choice, the simulator is strict: it refuses a second open, and outside
 * of debug mode everything else.
 */

/** None of the four has a parameter. */
const order = <const Method extends (typeof methods)[keyof typeof methods]>(method: Method) =>
  z.null().transform(() => ({ method }))
export const debugOrders = {
  [methods.open]: order(methods.open),
  [methods.close]: order(methods.close),
  [methods.wake]: order(methods.wake),
  [methods.sleep]: order(methods.sleep),
} as const
export type DebugOrder = z.output<(typeof debugOrders)[keyof typeof debugOrders]>

/** The part of a dock for debug mode. */
export type DebuggedDock = {
  serials: { dock: string }
  faults: () => Faults
  tick: Tick
  now: () => number
  needReply: boolean
  events: EventEmitter<DockEvents>
  outbox: { event: (message: Message) => void }
  upgrading: () => unknown
  /** Called when its aircraft was switched on or off. */
  aircraftChanged: () => Promise<void>
  current: Debugging & Flying
}

type Answer = { result: number; output?: { status: string } }

const yes = (status: 'ok' | 'in_progress'): Answer => ({ result: resultCodes.ok, output: { status } })
const no = (result: number): Answer => ({ result, output: { status: 'failed' } })

/** Executes or refuses a command; long work continues after the answer. */
export const debug = (dock: DebuggedDock, processId: string, { method }: DebugOrder): Answer => {
  const { current, faults } = dock
  const { refuseDebug, refuseWake, refuseClose } = faults()
  if (method === methods.open) {
    if (refuseDebug !== undefined) return no(refuseDebug)
    if (dock.upgrading()) return no(resultCodes.debuggedNever)
    if (current.isDebugging) return no(resultCodes.debuggedAlready)
    if (current.flight) return no(resultCodes.atWork)
    current.isDebugging = true
    return yes('ok')
  }
  if (!current.isDebugging) return no(resultCodes.notDebugged)
  if (method === methods.close) {
    if (refuseClose !== undefined) return no(refuseClose)
    current.isDebugging = false
    return yes('ok')
  }
  if (current.switching) return no(resultCodes.otherCommand)
  if (method === methods.wake && refuseWake !== undefined) return no(refuseWake)
  begin(dock, { method, processId, status: 'sent', result: 0, percent: 0 })
  return yes('in_progress')
}

const begin = (dock: DebuggedDock, report: PowerReport): void => {
  const power = new AbortController()
  dock.current.switching = power
  switchPower(dock, report, power.signal)
    .catch((error: unknown) => power.signal.aborted || dock.events.emit('error', error))
    .finally(() => {
      if (dock.current.switching === power) dock.current.switching = undefined
    })
}

const switchPower = async (dock: DebuggedDock, first: PowerReport, power: AbortSignal): Promise<void> => {
  await dock.tick(power)
  sendReport(dock, first)
  for (const percent of [20, 60, 90]) {
    await dock.tick(power)
    sendReport(dock, { ...first, status: 'in_progress', percent })
  }
  await dock.tick(power)
  const { failWake } = dock.faults()
  const isWake = first.method === methods.wake
  // It accepts the next command as soon as it has reported the end of this one.
  dock.current.switching = undefined
  if (isWake && failWake !== undefined)
    return sendReport(dock, { ...first, status: 'failed', result: failWake, percent: 90 })
  dock.current.switchedOn = isWake
  sendReport(dock, { ...first, status: 'ok', percent: 100 })
  await dock.aircraftChanged()
}

const sendReport = (dock: DebuggedDock, report: PowerReport): void => {
  const { method, processId, status, result, percent } = report
  dock.events.emit('power', report)
  dock.outbox.event({
    tid: randomUUID(),
    bid: processId,
    timestamp: dock.now(),
    gateway: dock.serials.dock,
    need_reply: dock.needReply ? 1 : 0,
    method,
    data: { result, output: { status, progress: { percent, step_key: 'check_work_mode' } } },
  })
}

/** Power off and on: a dock restarts without debug mode; its aircraft has its own power. */
export const loseDebugMode = ({ current }: { current: Debugging }): void => {
  current.switching?.abort()
  current.switching = undefined
  current.isDebugging = false
}
