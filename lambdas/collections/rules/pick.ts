import type { Module } from '../../../protocols/dji-remote-log/facts.ts'
import type { Log, ModuleLogs } from '../../logs/listings/store.ts'
import { beganAt, endedAt } from '../../logs/select.ts'
import { maxBootIndexes } from '../../logs/shapes.ts'
import type { LogRule } from './shapes.ts'

/** Picks the logs that a run collects from its dock's listing. Pure. */

export type Picked = { module: Module; bootIndexes: number[] }
export type NotPicked = { module: Module; why: 'notListed' | 'noLogs' | 'tooManyLogs'; logs?: number }

/** `from`, `to`: the time span that logs must overlap, epoch ms, inclusive. */
export type Span = { from: number; to: number }

export const spanOf = (logs: LogRule, at: number): Span | undefined =>
  'beforeSeconds' in logs
    ? { from: at - logs.beforeSeconds * 1000, to: at + logs.afterSeconds * 1000 }
    : undefined

/** Picks the newest if there are more than one upload takes. */
export const pickLogs = (
  rule: LogRule,
  span: Span | undefined,
  listed: readonly ModuleLogs[],
): { picked: Picked[]; leftOut: NotPicked[] } => {
  const picked: Picked[] = []
  const leftOut: NotPicked[] = []
  for (const module of rule.modules) {
    const known = listed.find((one) => one.module === module)
    if (!known) {
      leftOut.push({ module, why: 'notListed' })
      continue
    }
    const fitting = newestFirst(known.logs).filter((log) => !span || overlaps(log, span))
    const boots = [...new Set(fitting.map(({ bootIndex }) => bootIndex))]
    const limit = 'newestBoots' in rule ? rule.newestBoots : maxBootIndexes
    const taken = boots.slice(0, limit)
    if (taken.length > 0) picked.push({ module, bootIndexes: taken.toSorted((a, b) => a - b) })
    else leftOut.push({ module, why: 'noLogs' })
    if (span && boots.length > limit) leftOut.push({ module, why: 'tooManyLogs', logs: boots.length - limit })
  }
  return { picked, leftOut }
}

const overlaps = (log: Log, { from, to }: Span): boolean => beganAt(log) <= to && endedAt(log) >= from

/** Sorts by time first: boot indexes count up, but restart when a machine is replaced. */
const newestFirst = (logs: readonly Log[]): Log[] =>
  logs.toSorted((one, other) => endedAt(other) - endedAt(one) || other.bootIndex - one.bootIndex)
