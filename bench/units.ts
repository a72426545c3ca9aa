import { batchOf } from '../test/support/dock-messages.ts'
import { openTable, type Usage } from '../test/support/table.ts'
import { batches, type Order, orders } from './orders.ts'
import { unitsOf } from './spent.ts'
import { printTable } from './table.ts'
import { devices, docks, type Fleet } from './units-fleets.ts'

/**
 * Write and read units per report, by the meter of the table emulator: the same reports each time, in
 * different orders.
 */

/** Units per report. */
export type Units = { order: Order; state: number; history: number; reads: number }

export type MeasuredUnits = { progress: Units[]; upgrades: Units[]; text: string }

const machines = 10
const reportsOfEach = 40

const measure = async (order: Order, fleetOf: typeof docks): Promise<Units> => {
  const world = openTable()
  const fleet: Fleet = await fleetOf(world.table, machines, reportsOfEach)
  const copies = Array.from({ length: order.copies }, () => fleet.copy())
  world.used.splice(0)
  for (const [n, batch] of batches(fleet.reports, machines, order).entries()) {
    const failed = await copies[n % copies.length]?.(batchOf(...batch))
    if (failed?.length !== 0) throw new Error(`${failed?.length} reports failed`)
  }
  const sum = (which: (usage: Usage) => boolean): number =>
    world.used.filter(which).reduce((total, usage) => total + unitsOf(usage), 0) / fleet.reports.length
  const units = {
    order,
    state: sum(({ kind, operation }) => kind === 'write' && operation !== 'PutItem'),
    history: sum(({ kind, operation }) => kind === 'write' && operation === 'PutItem'),
    reads: sum(({ kind }) => kind === 'read'),
  }
  await fleet.check()
  return units
}

/** Measures every order of both kinds of reports; the figures are the same on every machine. */
export const measureUnits = async (say: (text: string) => void): Promise<MeasuredUnits> => {
  const progress: Units[] = []
  const upgrades: Units[] = []
  for (const order of orders) {
    say(`  ${order.name}`)
    progress.push(await measure(order, docks))
    upgrades.push(await measure(order, devices))
  }
  return { progress, upgrades, text: [progressTable(progress), upgradesTable(upgrades)].join('\n\n') }
}

const progressTable = (rows: readonly Units[]): string =>
  printTable(
    ['Log progress, units a report', 'write', 'read'],
    rows.map(({ order, state, reads }) => [order.name, state.toFixed(2), reads.toFixed(2)]),
  )

const upgradesTable = (rows: readonly Units[]): string =>
  printTable(
    ['Upgrade reports, units a report', 'write: state', 'write: history', 'read'],
    rows.map(({ order, ...units }) => [
      order.name,
      units.state.toFixed(2),
      units.history.toFixed(2),
      units.reads.toFixed(2),
    ]),
  )
