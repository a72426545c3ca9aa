import type { End, Module } from '../../protocols/dji-remote-log/facts.ts'
import type { ArchiveEnd, Registers } from './registers.ts'

/** How a dock reported the end of an archive. Pure. */

/** The end of an archive, reported for the archive itself or taken from the end of the whole upload. */
export type ReportedEnd = Omit<Partial<ArchiveEnd>, 'order'> & { at: number; end: End }

/** The first reported end of an archive. */
export const reportedEnd = (registers: Registers, module: Module): ReportedEnd | undefined =>
  registers[`${module}End`] ?? endOfWhole(registers)

/** The `ok` with which objects in storage are compared. After another end, only a later `ok` counts. */
export const okToVerify = (registers: Registers, module: Module): ReportedEnd | undefined => {
  const end = reportedEnd(registers, module)
  if (end?.end === 'uploaded') return withSize(end, registers, module)
  const ok = okOf(registers, module)
  return end && ok && ok.at >= end.at ? ok : undefined
}

/** The earliest `ok` for the archive, or else for the whole upload. */
const okOf = (registers: Registers, module: Module): ReportedEnd | undefined => {
  const ok = registers[`${module}Ok`] ?? registers.jobOk
  return ok && withSize({ ...ok, end: 'uploaded' }, registers, module)
}

/**
 * The end of the whole upload, which counts for archives without one of their own. A refused start is one.
 */
const endOfWhole = ({ answer, jobEnd }: Registers): ReportedEnd | undefined => {
  const isRefused = answer && (answer.result !== 0 || answer.refused)
  const refusal = isRefused ? { ...answer, end: 'rejected' as const } : undefined
  if (refusal && jobEnd) return refusal.at <= jobEnd.at ? refusal : jobEnd
  return refusal ?? jobEnd
}

/** Completes an end with the size and MD5 of progress reports: the end of a whole upload has neither. */
export const withSize = (end: ReportedEnd, registers: Registers, module: Module): ReportedEnd => {
  const progress = registers[`${module}Progress`]
  const known = progress?.step === 'uploading' ? progress : undefined
  return { ...end, size: end.size ?? known?.size, md5: end.md5 ?? known?.md5 }
}
