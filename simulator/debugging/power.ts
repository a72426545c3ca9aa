import { randomUUID } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import * as z from 'zod'
import { methods } from '../../protocols/dji-remote-debug/topics.ts'
import type { Message } from '../dji-dock-messages.ts'
import type { DockEvents } from '../dji-dock-options.ts'
import type { Faults } from '../faults.ts'
import type { Flying } from '../online/flight-state.ts'
import type { Tick } from '../pace.ts'
import { resultCodes } from '../result-codes.ts'
import type { Debugging, PowerReport } from './state.ts'

/**
 * A dock's debug mode, and its aircraft that is switched on and off in it, as the vendor documents ("Remote
 * Debugging"). What its page leaves open is as strict as can be: a second open is refused, and all but that
 * outside of debug mode.
 */

/** None of the four takes a parameter. */
const order = <const Method extends (typeof methods)[keyof typeof methods]>(method: Method) =>
  z.null().transform(() => ({ method }))
export const debugOrders = {
  [methods.open]: order(methods.open),
  [methods.close]: order(methods.close),
  [methods.wake]: order(methods.wake),
  [methods.sleep]: order(methods.sleep),
} as const
export type DebugOrder = z.output<(typeof debugOrders)[keyof typeof debugOrders]>

/** The part of a dock that can be debugged. */
export type DebuggedDock = {
  serials: { dock: string }
  faults: () => Faults
  tick: Tick
  now: () => number
  needReply: boolean
  events: EventEmitter<DockEvents>
  outbox: { event: (message: Message) => void }
  upgrading: () => unknown
  /** Its aircraft is on, or off, from now on. */
  aircraftChanged: () => Promise<void>
  current: Debugging & Flying
}

type Answer = { result: number; output?: { status: string } }

const yes = (status: 'ok' | 'in_progress'): Answer => ({ result: resultCodes.ok, output: { status } })
const no = (result: number): Answer => ({ result, output: { status: 'failed' } })

/** Follows an order, or refuses it; what takes long goes on after the answer. */
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
  tell(dock, first)
  for (const percent of [20, 60, 90]) {
    await dock.tick(power)
    tell(dock, { ...first, status: 'in_progress', percent })
  }
  await dock.tick(power)
  const { failWake } = dock.faults()
  const isWake = first.method === methods.wake
  // It takes the next order as soon as it has said that it is done with this one.
  dock.current.switching = undefined
  if (isWake && failWake !== undefined)
    return tell(dock, { ...first, status: 'failed', result: failWake, percent: 90 })
  dock.current.switchedOn = isWake
  tell(dock, { ...first, status: 'ok', percent: 100 })
  await dock.aircraftChanged()
}

const tell = (dock: DebuggedDock, report: PowerReport): void => {
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

/** Power off and on: a dock comes back without debug mode; its aircraft has power of its own. */
export const loseDebugMode = ({ current }: { current: Debugging }): void => {
  current.switching?.abort()
  current.switching = undefined
  current.isDebugging = false
}
