import { type Explanation, isTransient } from '../../protocols/dji-codes.ts'
import { explainFirmwareResult } from '../../protocols/dji-firmware/results.ts'
import { explainOtaResult, needsNewLink } from '../../protocols/huawei-ota/results.ts'

/** What a result code means, for any vendor: their numbers do not overlap. Pure. */

/**
 * Docks' codes have six digits. A failure with code 0 is a dock's, without a reason: other devices have no
 * such failure.
 */
const isOfDocks = (code: number): boolean => code >= 100_000 || code === 0

/** Explains a failure code. Unknown codes keep their number. */
export const explainFailure = (code: number): Omit<Explanation, 'class'> => {
  if (!isOfDocks(code)) return explainOtaResult(code)
  const { class: _, ...explanation } = explainFirmwareResult(code)
  return explanation
}

/**
 * Whether offering the same package again may succeed: the device could not download it; or the dock was
 * busy, or failed for a cause that may pass.
 */
export const mayBeOfferedAgain = (code: number): boolean =>
  needsNewLink(code) || (isOfDocks(code) && code !== 0 && isTransient(explainFirmwareResult(code).class))
