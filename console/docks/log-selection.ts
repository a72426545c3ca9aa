import type { Log, Logs, ModuleName } from '../api/records.ts'
import { dayOf } from '../words/day.ts'
import { bytes, count, duration } from '../words/quantities.ts'

/** The selected logs: boots by module. Pure. */
export type Selection = Record<ModuleName, readonly number[]>

export const nothingSelected: Selection = { aircraft: [], dock: [] }

/** A log without a time from the dock belongs to every day. */
const isOfDay = (log: Log, day: string): boolean =>
  log.startTime === undefined || dayOf(log.startTime) === day

export const logsOfDay = (logs: readonly Log[], day: string | undefined): Log[] =>
  logs.filter((log) => day === undefined || isOfDay(log, day))

/** The days with logs, newest first, and the number of logs. */
export const daysOf = ({ modules }: Logs): [day: string, logs: number][] => {
  const counts = new Map<string, number>()
  for (const { startTime } of modules.flatMap(({ logs }) => logs)) {
    if (startTime === undefined) continue
    const day = dayOf(startTime)
    counts.set(day, (counts.get(day) ?? 0) + 1)
  }
  return [...counts].toSorted(([a], [b]) => (a < b ? 1 : -1))
}

/** Selects all logs of a day, or all logs. */
export const selectDay = ({ modules }: Logs, day: string | undefined): Selection => {
  const boots = (name: ModuleName): number[] =>
    modules
      .filter(({ module }) => module === name)
      .flatMap(({ logs }) => logsOfDay(logs, day).map(({ bootIndex }) => bootIndex))
  return { aircraft: boots('aircraft'), dock: boots('dock') }
}

export const selectedLogs = ({ modules }: Logs, selection: Selection): Log[] =>
  modules.flatMap(({ module, logs }) => logs.filter(({ bootIndex }) => selection[module].includes(bootIndex)))

/** The API input of a selection. */
export const selectionsOf = (selection: Selection): { module: ModuleName; bootIndexes: number[] }[] =>
  (['aircraft', 'dock'] as const)
    .filter((module) => selection[module].length > 0)
    .map((module) => ({ module, bootIndexes: [...selection[module]] }))

/** The size of the selection, and its estimated duration at the dock's rate, as a start would estimate it. */
export const summaryOf = (logs: Logs, selection: Selection) => {
  const chosen = selectedLogs(logs, selection)
  const size = chosen.reduce((total, { sizeBytes }) => total + sizeBytes, 0)
  const { bytesPerSecond: rate } = logs
  return {
    logs: chosen.length,
    text: [
      count(chosen.length, 'log'),
      bytes(size),
      ...(rate ? [`about ${duration(size / rate)}`] : []),
    ].join(' · '),
    items: [
      { label: 'Logs', value: String(chosen.length) },
      { label: 'Size', value: bytes(size) },
      {
        label: 'Estimated time',
        value: rate ? `about ${duration(size / rate)}` : 'Not known yet',
      },
    ],
  }
}
