import {
  type Explanation,
  explainFirmwareResult,
  type ResultClass,
} from '../../protocols/dji-firmware/results.ts'
import { explainResult, needsNewLink } from '../../protocols/huawei-ota/results.ts'

/** What a result code means, for any vendor: their numbers do not overlap. Pure. */

/**
 * Docks' codes have six digits. A failure with code 0 is a dock's, without a reason: other devices have no
 * such failure.
 */
const isOfDocks = (code: number): boolean => code >= 100_000 || code === 0

/** Explains a failure code. Unknown codes keep their number. */
export const explainFailure = (code: number): Omit<Explanation, 'class'> => {
  if (!isOfDocks(code)) return explainResult(code)
  const { class: _, ...explanation } = explainFirmwareResult(code)
  return explanation
}

/**
 * Whether offering the same package again may succeed: the link was lost, or the dock was busy with something
 * that will have ended.
 */
export const mayBeOfferedAgain = (code: number): boolean =>
  needsNewLink(code) ||
  (isOfDocks(code) && code !== 0 && transient.includes(explainFirmwareResult(code).class))

const transient: readonly ResultClass[] = ['wait', 'retry']
