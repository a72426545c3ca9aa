import type { Module } from '../../../protocols/dji-remote-log/facts.ts'
import type { Tick } from '../../pace.ts'
import type { Attempt } from '../curiosity.ts'
import type { Faults } from '../faults.ts'
import type { PackedArchive } from './archive.ts'
import type { LentStorage } from './archive-upload.ts'
import { type ExportReport, type FileReport, reportOf } from './export-report.ts'
import type { BootLog } from './files.ts'

/** One archive to make: the selected logs of one module. */
export type ExportFile = { module: Module; deviceSn: string; objectKey: string; logs: BootLog[] }

/** `processId` is the vendor's `bid`. Without `storage` everything but the upload happens. */
export type ExportRequest = { processId: string; storage?: LentStorage; files: ExportFile[] }

/**
 * The parts of a dock that an export needs. `packed` and `stored` are called for every archive that really
 * was.
 */
export type ExportNeeds = {
  tick: Tick
  now: () => number
  faults: () => Faults
  isAircraftOn: () => boolean
  report: (report: ExportReport) => void
  packed: (archive: PackedArchive) => void
  stored: (archive: PackedArchive) => void
  tried: (attempt: Attempt) => void
  powerFails: (afterwards: 'reported' | 'silent') => void
}

/** An archive in progress. `stop` aborts when it is canceled or the power is cut. */
export type Part = { file: ExportFile; progress: FileReport; cancel: AbortController; stop: AbortSignal }

/** An export in progress; `power` aborts when the power is cut. */
export type Run = { request: ExportRequest; needs: ExportNeeds; power: AbortSignal; parts: Part[] }

/** An archive not begun yet. Until it is packed, its size is that of its logs. */
export const newPart = (file: ExportFile, power: AbortSignal): Part => {
  const cancel = new AbortController()
  const { module, deviceSn, objectKey } = file
  const sizeBytes = file.logs.reduce((sum, log) => sum + log.sizeBytes, 0)
  const begin = { status: 'sent', step: 1, percent: 0, finishedAt: 0, uploadRate: 0, result: 0 } as const
  const progress = { module, deviceSn, objectKey, sizeBytes, fingerprint: '', ...begin }
  return { file, progress, cancel, stop: AbortSignal.any([power, cancel.signal]) }
}

/** The dock's report if `part` also had these changes. */
export const reportWith = (run: Run, part: Part, change: Partial<FileReport>): ExportReport =>
  reportOf(
    run.request.processId,
    run.parts.map(({ progress }) => (progress === part.progress ? { ...progress, ...change } : progress)),
  )

/** Changes an archive's progress and reports it. */
export const sendReport = (run: Run, part: Part, change: Partial<FileReport>): void => {
  Object.assign(part.progress, change)
  run.needs.report(reportWith(run, part, {}))
}
