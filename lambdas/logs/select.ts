import type * as z from 'zod/mini'
import { type Module, modules } from '../../protocols/dji-remote-log/facts.ts'
import type { InputError } from '../http/reply.ts'
import type { Log, ModuleLogs } from './listings/store.ts'
import { maxBootIndexes, type UploadInput } from './shapes.ts'

/** Resolves the selections of a request to the logs in the dock's newest listing. Pure. */

export type GivenSelection = z.output<typeof UploadInput>['selections'][number]
export type Chosen = { module: Module; bootIndexes: number[] }
export type Choice =
  | { ok: true; chosen: Chosen[] }
  | { ok: false; errors: InputError[] }
  /** There is no listing of this module yet. */
  | { ok: false; notListed: Module }

export const chooseLogs = (selections: readonly GivenSelection[], listed: readonly ModuleLogs[]): Choice => {
  const chosen: Chosen[] = []
  const errors: InputError[] = []
  for (const [n, selection] of selections.entries()) {
    const { module } = selection
    const known = listed.find((logs) => logs.module === module)
    if (!known) return { ok: false, notListed: module }
    if (chosen.some((other) => other.module === module))
      errors.push({ path: `selections[${n}].module`, message: `${module} is chosen already` })
    const { bootIndexes, faults } = choose(selection, known)
    errors.push(...faults.map((fault) => ({ ...fault, path: `selections[${n}]${fault.path}` })))
    chosen.push({ module, bootIndexes })
  }
  if (errors.length > 0) return { ok: false, errors }
  // The aircraft's archive comes first, as the dock packs it first.
  return {
    ok: true,
    chosen: chosen.toSorted((a, b) => modules.indexOf(a.module) - modules.indexOf(b.module)),
  }
}

const choose = (
  selection: GivenSelection,
  { logs }: ModuleLogs,
): { bootIndexes: number[]; faults: InputError[] } => {
  if ('bootIndexes' in selection) {
    const held = new Set(logs.map(({ bootIndex }) => bootIndex))
    const faults = selection.bootIndexes.flatMap((bootIndex, at) =>
      held.has(bootIndex)
        ? []
        : [{ path: `.bootIndexes[${at}]`, message: `the last listing has no boot ${bootIndex}` }],
    )
    return { bootIndexes: [...new Set(selection.bootIndexes)], faults }
  }
  const from = Date.parse(selection.from)
  const to = Date.parse(selection.to)
  if (from >= to) return { bootIndexes: [], faults: [{ path: '.to', message: 'must be after from' }] }
  const within = logs.filter((log) => beganAt(log) < to && endedAt(log) >= from)
  const bootIndexes = [...new Set(within.map(({ bootIndex }) => bootIndex))]
  const fault = amountFault(bootIndexes.length)
  return { bootIndexes, faults: fault ? [{ path: '', message: fault }] : [] }
}

const amountFault = (count: number): string | undefined => {
  if (count === 0) return 'the last listing has no log of that time'
  return count > maxBootIndexes
    ? `${count} logs are of that time, ${maxBootIndexes} can be uploaded at once`
    : undefined
}

/** A dock may leave out either time, which is then 0: the log is taken to begin and end at the other. */
export const beganAt = ({ startTime, endTime }: Log): number => startTime || endTime
export const endedAt = ({ startTime, endTime }: Log): number => endTime || startTime
