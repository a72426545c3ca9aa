import type { Module } from '../../../protocols/dji-remote-log/facts.ts'
import { resultCodes } from '../result-codes.ts'
import { measureArchive, type PackedArchive } from './archive.ts'
import { type ExportReport, hasEnded, reportOf } from './export-report.ts'
import {
  type ExportNeeds,
  type ExportRequest,
  newPart,
  type Part,
  type Run,
  sendReport,
} from './export-run.ts'
import { storeArchive } from './store-archive.ts'

/**
 * A running export. `cancel` returns false if there was nothing to cancel; `cutPower` returns a restarted
 * dock's report on the export; `done` resolves to false if the power was cut.
 */
export type LogExport = {
  cancel: (modules: readonly Module[]) => boolean
  cutPower: () => ExportReport
  done: Promise<boolean>
}

const pullSteps = 15
const packSteps = 8

const takeSteps = async (run: Run, part: Part, steps: number, check = () => 0): Promise<number> => {
  for (let i = 1; i <= steps; i += 1) {
    await run.needs.tick(part.stop)
    if (check() !== resultCodes.ok) return check()
    sendReport(run, part, { percent: Math.round((100 * i) / steps) })
  }
  return resultCodes.ok
}

const pull = (run: Run, part: Part): Promise<number> => {
  sendReport(run, part, { status: 'file_pull', step: 1, percent: 0 })
  const isOff = () => part.file.module === 'aircraft' && !run.needs.isAircraftOn()
  return takeSteps(run, part, pullSteps, () => (isOff() ? resultCodes.aircraftOff : resultCodes.ok))
}

/** The archive, or undefined if it has too many logs. */
const pack = async (run: Run, part: Part): Promise<PackedArchive | undefined> => {
  sendReport(run, part, { status: 'file_zip', step: 2, percent: 0 })
  if (part.file.logs.length > (run.needs.faults().tooManyLogs ?? Number.POSITIVE_INFINITY)) return undefined
  const { module, objectKey, logs } = part.file
  const bootIndexes = logs.map((log) => log.bootIndex)
  const archive = { module, objectKey, bootIndexes, ...(await measureArchive(logs)) }
  run.needs.packed(archive)
  sendReport(run, part, { sizeBytes: archive.sizeBytes, fingerprint: archive.md5 })
  await takeSteps(run, part, packSteps)
  return archive
}

const end = (run: Run, part: Part, status: 'ok' | 'failed' | 'canceled', result: number): void => {
  const percent = status === 'ok' ? 100 : part.progress.percent
  sendReport(run, part, { status, result, percent, uploadRate: 0, finishedAt: run.needs.now() })
}

const packAndStore = async (run: Run, part: Part): Promise<number> => {
  const archive = await pack(run, part)
  return archive ? storeArchive(run, part, archive) : resultCodes.tooManyLogs
}

const makeArchive = async (run: Run, part: Part): Promise<void> => {
  try {
    const pulled = await pull(run, part)
    const result = pulled === resultCodes.ok ? await packAndStore(run, part) : pulled
    end(run, part, result === resultCodes.ok ? 'ok' : 'failed', result)
  } catch (error) {
    if (run.power.aborted || !part.stop.aborted) throw error
    end(run, part, 'canceled', resultCodes.ok)
  }
}

const makeAll = async (run: Run): Promise<boolean> => {
  try {
    await run.needs.tick(run.power)
    for (const part of run.parts) if (!hasEnded(part.progress)) await makeArchive(run, part)
    return true
  } catch (error) {
    if (run.power.aborted) return false
    throw error
  }
}

const cancel = (run: Run, modules: readonly Module[]): boolean => {
  const open = run.parts.filter(({ file, progress }) => modules.includes(file.module) && !hasEnded(progress))
  for (const part of open) {
    part.cancel.abort()
    if (part.progress.status === 'sent') end(run, part, 'canceled', resultCodes.ok)
  }
  return open.length > 0
}

const afterRestart = (run: Run): ExportReport => {
  const lost = { status: 'failed', result: resultCodes.restarted } as const
  const files = run.parts.map(({ progress }) => (hasEnded(progress) ? progress : { ...progress, ...lost }))
  return reportOf(run.request.processId, files)
}

/**
 * Exports logs module by module, the aircraft's first: pull, zip, upload. That order is the dock's own (the
 * steps of its `flighttask_progress`, vendor's wayline page).
 */
export const startExport = (request: ExportRequest, needs: ExportNeeds): LogExport => {
  const power = new AbortController()
  const inOrder = request.files.toSorted((a, b) => a.module.localeCompare(b.module))
  const parts = inOrder.map((file) => newPart(file, power.signal))
  const run: Run = { request, needs, power: power.signal, parts }
  return {
    cancel: (modules) => cancel(run, modules),
    cutPower: () => {
      power.abort()
      return afterRestart(run)
    },
    done: makeAll(run),
  }
}
