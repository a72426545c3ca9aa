import type { End, Module } from '../../protocols/dji-remote-log/facts.ts'
import type { ArchiveEnd, Registers } from './registers.ts'

/** What a dock has told of the end of an archive. Pure. */

/** How an archive ended, told for itself or filled in from the job's end. */
export type ToldEnd = Omit<Partial<ArchiveEnd>, 'order'> & { at: number; end: End }

/** How the archive ended, told for itself or for the whole job. */
export const endOf = (registers: Registers, module: Module): ToldEnd | undefined =>
  registers[`${module}End`] ?? jobLevelEnd(registers)

/** The `ok` that objects are held against: after another end only one that came later. */
export const wordOf = (registers: Registers, module: Module): ToldEnd | undefined => {
  const end = endOf(registers, module)
  if (end?.end === 'uploaded') return withSize(end, registers, module)
  const ok = okOf(registers, module)
  return end && ok && ok.at >= end.at ? ok : undefined
}

/** The `ok` for the archive, told for itself or for the whole job. */
const okOf = (registers: Registers, module: Module): ToldEnd | undefined => {
  const ok = registers[`${module}Ok`] ?? registers.jobOk
  return ok && withSize({ ...ok, end: 'uploaded' }, registers, module)
}

/** An end of the whole job fills the archives that have none of their own; a refused start is such an end. */
const jobLevelEnd = ({ answer, jobEnd }: Registers): ToldEnd | undefined => {
  const isRefused = answer && (answer.result !== 0 || answer.refused)
  const refusal = isRefused ? { ...answer, end: 'rejected' as const } : undefined
  if (refusal && jobEnd) return refusal.at <= jobEnd.at ? refusal : jobEnd
  return refusal ?? jobEnd
}

/** An end of the whole job gives no size; while an archive is being uploaded its reports do. */
export const withSize = (end: ToldEnd, registers: Registers, module: Module): ToldEnd => {
  const progress = registers[`${module}Progress`]
  const known = progress?.step === 'uploading' ? progress : undefined
  return { ...end, size: end.size ?? known?.size, md5: end.md5 ?? known?.md5 }
}
