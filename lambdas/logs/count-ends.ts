import { explainLogResult } from '../../protocols/dji-remote-log/results.ts'
import { count, countBy } from '../runtime/telemetry.ts'
import { failureOf } from './failure.ts'
import type { HotUpload } from './hot-item.ts'
import type { UploadStatus } from './state.ts'

/**
 * Counts the ends of uploads when their index entry is written: once for each end, unless a crash comes
 * between the two. An upload whose end changes later (a late `ok` after a timeout) is counted again.
 */

/**
 * Names of the vendor's codes and of our own; all codes that the vendor does not document share one name, so
 * that a dock cannot create metrics.
 */
const reasonsOf = ({ terms, registers }: HotUpload, { archives }: UploadStatus): Set<string> =>
  new Set(
    terms.modules.flatMap((module) => {
      const archive = archives[module]
      const code = archive && failureOf(archive, registers)?.code
      if (code === undefined) return []
      return [typeof code === 'number' ? explainLogResult(code).name : code]
    }),
  )

/** An upload that failed for two reasons is counted for each. */
export const countUploadEnd = (upload: HotUpload, status: UploadStatus): void => {
  if (status.open || status.state === upload.indexed.state) return
  if (status.state === 'verified') count('UploadsVerified')
  for (const reason of reasonsOf(upload, status)) countBy('UploadsFailed', 'reason', reason)
}
