import type { Module } from '../../../protocols/dji-remote-log/facts.ts'

/** A dock's states of an archive. `sent` is an archive that it has not begun and does not report. */
export type ExportStatus =
  | 'sent'
  | 'file_pull'
  | 'file_zip'
  | 'file_uploading'
  | 'file_verifying'
  | 'in_progress'
  | 'ok'
  | 'canceled'
  | 'failed'

/**
 * One archive's progress; `percent` is within the step. `uploadRate` is in bytes a second of simulated time.
 */
export type FileReport = {
  module: Module
  deviceSn: string
  objectKey: string
  status: ExportStatus
  step: number
  percent: number
  sizeBytes: number
  fingerprint: string
  finishedAt: number
  uploadRate: number
  result: number
}

/** A dock's report on an export: on the whole, and on every archive begun. */
export type ExportReport = { processId: string; status: ExportStatus; result: number; files: FileReport[] }

/** Pull, zip and upload: the order of the dock's own log pipeline. */
export const stepCount = 3

export const hasEnded = ({ status }: FileReport): boolean =>
  status === 'ok' || status === 'canceled' || status === 'failed'

const statusOf = (files: readonly FileReport[]): ExportStatus => {
  const current = files.find((file) => !hasEnded(file))
  if (current) return current.status === 'sent' ? 'in_progress' : current.status
  const worst = (['failed', 'canceled'] as const).find((end) => files.some(({ status }) => status === end))
  return worst ?? 'ok'
}

/** The export has ended when every archive has; one failure makes the export a failure. */
export const reportOf = (processId: string, files: readonly FileReport[]): ExportReport => {
  const status = statusOf(files)
  const result = status === 'failed' ? (files.find((file) => file.result !== 0)?.result ?? 0) : 0
  const begun = files.filter((file) => file.status !== 'sent').map((file) => ({ ...file }))
  return { processId, status, result, files: begun }
}
