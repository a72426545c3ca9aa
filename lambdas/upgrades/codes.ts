import {
  type Explanation,
  explainFirmwareResult,
  type ResultClass,
} from '../../protocols/dji-firmware/results.ts'
import { explainResult, needsNewLink } from '../../protocols/huawei-ota/results.ts'

/** What a code means, whichever vendor's it is: their numbers have nothing in common. Pure. */

/** Codes of docks have six digits. 0 as a failure is a dock's that gave no reason: of others it is none. */
const isOfDocks = (code: number): boolean => code >= 100_000 || code === 0

/** Of a failure. Unknown codes keep their number. */
export const explainFailure = (code: number): Omit<Explanation, 'class'> => {
  if (!isOfDocks(code)) return explainResult(code)
  const { class: _, ...explanation } = explainFirmwareResult(code)
  return explanation
}

/**
 * Whether the same package, offered again, may come about: the link was lost, or the dock was at something
 * else and will have ended that.
 */
export const mayBeOfferedAgain = (code: number): boolean =>
  needsNewLink(code) || (isOfDocks(code) && code !== 0 && passing.includes(explainFirmwareResult(code).class))

const passing: readonly ResultClass[] = ['wait', 'retry']
