import { explainResult } from '../../protocols/dji-remote-log/results.ts'
import { count, countBy } from '../runtime/telemetry.ts'
import { failureOf } from './failure.ts'
import type { HotUpload } from './hot-item.ts'
import type { Settled } from './state.ts'

/**
 * Counts how uploads end, when the index is told: whatever made it known, and once, unless a crash comes
 * between the two. What ended otherwise before (a late `ok` after a timeout) counts again.
 */

/**
 * Names from the list of the vendor's codes, or ours: a code that a dock made up has the name of all unknown
 * ones.
 */
const reasonsOf = ({ terms, registers }: HotUpload, { archives }: Settled): Set<string> =>
  new Set(
    terms.modules.flatMap((module) => {
      const archive = archives[module]
      const code = archive && failureOf(archive, registers)?.code
      if (code === undefined) return []
      return [typeof code === 'number' ? explainResult(code).name : code]
    }),
  )

/** An upload that failed for two reasons is counted for each. */
export const countUploadEnd = (upload: HotUpload, settled: Settled): void => {
  if (settled.open || settled.state === upload.indexed.state) return
  if (settled.state === 'verified') count('UploadsVerified')
  for (const reason of reasonsOf(upload, settled)) countBy('UploadsFailed', 'reason', reason)
}
