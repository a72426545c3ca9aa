import { methods as upgradeMethods } from '../../protocols/dji-firmware/topics.ts'
import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import { methods } from '../../protocols/dji-remote-log/topics.ts'
import type { ChosenLogs, Command, Order } from './commands.ts'
import { type DebuggedDock, type DebugOrder, debug, debugOrders } from './debugging/power.ts'
import type { Faults } from './faults.ts'
import { planUpgrade, type UpgradeOrder } from './firmware/orders.ts'
import type { Upgrade, UpgradeRequest } from './firmware/upgrade-run.ts'
import type { LogExport } from './logs/export.ts'
import type { ExportFile, ExportRequest } from './logs/export-run.ts'
import type { BootLogs } from './logs/files.ts'
import { listedFiles, type Message } from './messages.ts'
import type { Flying } from './online/flight-state.ts'
import { resultCodes } from './result-codes.ts'

/**
 * The part of a dock that executes commands. `begin` starts an export and `upgrade` an upgrade, whose first
 * report follows the reply.
 */
export type Commanded = {
  serials: Readonly<Record<Module, string>>
  boots: BootLogs
  faults: () => Faults
  isAircraftOn: () => boolean
  running: () => LogExport | undefined
  begin: (request: ExportRequest) => void
  upgrading: () => Upgrade | undefined
  upgrade: (request: UpgradeRequest) => void
  current: Flying
}

type CommandedDock = Commanded & DebuggedDock

/** The `data` of a reply. */
export type Answer = { result: number; files?: Message[]; output?: { status: string } }

const list = (dock: Commanded, modules: readonly Module[]): Answer => ({
  result: resultCodes.ok,
  files: modules.map((module) => {
    const off = module === 'aircraft' && !dock.isAircraftOn()
    return listedFiles({
      module,
      deviceSn: dock.serials[module],
      result: off ? resultCodes.aircraftOff : resultCodes.ok,
      logs: off ? [] : dock.boots[module],
    })
  }),
})

/** The selected logs, or undefined if the device lacks one of them. */
const find = (dock: Commanded, { module, objectKey, bootIndexes }: ChosenLogs): ExportFile | undefined => {
  const logs = dock.boots[module].filter(({ bootIndex }) => bootIndexes.includes(bootIndex))
  const complete = logs.length === new Set(bootIndexes).size
  return complete ? { module, objectKey, deviceSn: dock.serials[module], logs } : undefined
}

const start = (dock: Commanded, request: ExportRequest, chosen: readonly ChosenLogs[]): Answer => {
  if (dock.running()) return { result: resultCodes.busy }
  if (dock.upgrading() || dock.current.flight) return { result: resultCodes.notPossibleNow }
  for (const logs of chosen) {
    const file = find(dock, logs)
    if (file) request.files.push(file)
    else if (logs.module === 'aircraft') return { result: resultCodes.aircraftLogsMissing }
    else return { result: resultCodes.logsMissing }
  }
  dock.begin(request)
  return { result: resultCodes.ok }
}

const upgrade = (dock: CommandedDock, processId: string, order: UpgradeOrder): Answer => {
  const [isExporting, isUpgrading] = [dock.running() !== undefined, dock.upgrading() !== undefined]
  const { serials, faults, current } = dock
  const now = {
    isExporting,
    isUpgrading,
    isFlying: current.flight !== undefined,
    isDebugging: current.isDebugging,
    isAircraftOn: dock.isAircraftOn(),
  }
  const plan = planUpgrade({ serials, faults, ...now }, order)
  if ('refused' in plan) return { result: plan.refused, output: { status: 'rejected' } }
  dock.upgrade({ processId, packages: plan.packages })
  return { result: resultCodes.ok, output: { status: 'in_progress' } }
}

/** Executes a command and returns its reply. One export at a time: a repeated start finds the dock busy. */
export const carryOut = (dock: CommandedDock, { bid, order }: Command): Answer => {
  if (!order) return { result: resultCodes.parameterError }
  if (isDebugOrder(order)) return debug(dock, bid, order)
  if (order.method === upgradeMethods.create) return upgrade(dock, bid, order)
  if (order.method === methods.list) return list(dock, order.modules)
  if (order.method === methods.start) {
    return start(dock, { processId: bid, storage: order.storage, files: [] }, order.files)
  }
  const canceled = dock.running()?.cancel(order.modules) ?? false
  return { result: canceled ? resultCodes.ok : resultCodes.commandFailed }
}

const isDebugOrder = (order: Order): order is DebugOrder => Object.hasOwn(debugOrders, order.method)

/** An export for another platform on the same dock: it only reports, and does not use our storage. */
export const foreignRequest = (dock: Commanded, processId: string): ExportRequest => {
  const objectKey = `another-platform/${processId}/dock.tar`
  return {
    processId,
    files: [{ module: 'dock', deviceSn: dock.serials.dock, objectKey, logs: dock.boots.dock.slice(-1) }],
  }
}
