import type { Alarm, Log, Logs, Upload } from '../api/records.ts'
import type { Selection } from '../docks/log-selection.ts'

/** The logs and uploads that belong to an alarm. Pure. */

/** The default time span of a collection, so that a manual upload covers the same. */
const beforeMs = 10 * 60_000
const afterMs = 2 * 60_000

/** Whether a log overlaps the minutes around a moment; unknown times do not. */
const holds = ({ startTime, endTime }: Log, at: number): boolean =>
  startTime !== undefined &&
  Date.parse(startTime) <= at + afterMs &&
  (endTime === undefined || Date.parse(endTime) >= at - beforeMs)

export const logsAround = ({ modules }: Logs, { raisedAt }: Alarm): Selection => {
  const bootsOf = (name: 'aircraft' | 'dock'): number[] =>
    modules
      .filter(({ module }) => module === name)
      .flatMap(({ logs }) => logs.filter((log) => holds(log, Date.parse(raisedAt))))
      .map(({ bootIndex }) => bootIndex)
  return { aircraft: bootsOf('aircraft'), dock: bootsOf('dock') }
}

/** The uploads that this alarm caused. An alarm that is raised again starts over, and so do its uploads. */
export const uploadsOf = (uploads: readonly Upload[], { sn, code, raisedAt }: Alarm): Upload[] =>
  uploads.filter(
    ({ cause }) =>
      cause?.alarm?.sn === sn && cause.alarm.code === code && Date.parse(cause.at) === Date.parse(raisedAt),
  )
