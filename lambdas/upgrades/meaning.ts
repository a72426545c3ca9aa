import type * as iotda from '../../protocols/huawei-ota/facts.ts'
import * as iotdaMeaning from '../../protocols/huawei-ota/meaning.ts'
import type { Attempt } from './attempt.ts'

/** Devices' and docks' reports in one form, and what a single report means. Pure. */

/**
 * A report about an upgrade in progress. `hasFailed`: it is a failure whatever its code. Docks may report a
 * failure in their status alone.
 */
export type UpgradeReport = iotda.UpgradeReport & { hasFailed?: true }
type VersionReport = iotda.VersionReport
export type ReportEvent = UpgradeReport | VersionReport

/**
 * `confirmed`, `otherVersion`: a version report of the target, or of another version. `unrelated`: a version
 * report without the attempt's package. `matched`: a claim of the target. `downloaded`: 100 percent, but
 * nothing shows that the target is installed.
 */
export const reportMeanings = [
  'upgrading',
  'downloaded',
  'matched',
  'confirmed',
  'otherVersion',
  'unrelated',
  'failed',
] as const
export type Meaning = (typeof reportMeanings)[number]

/** What a report alone means for an attempt. `state.ts` decides what all reports together mean. */
export const meaningOf = (
  event: ReportEvent,
  { package: of, target }: Pick<Attempt, 'package' | 'target'>,
): Meaning => {
  if (event.kind === 'versionReport') {
    if (event[of] === undefined) return 'unrelated'
    return event[of] === target ? 'confirmed' : 'otherVersion'
  }
  if (event.hasFailed) return 'failed'
  const { state } = iotdaMeaning.meaningOf(event, target)
  return state === 'succeeded' ? 'matched' : state
}
