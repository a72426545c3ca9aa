/**
 * What an upgrade report means to an upgrade, judged alone: without what was reported before, and without
 * what is known of the device otherwise. A report does not say which upgrade it belongs to, nor its target;
 * both come from us.
 */
import type { UpgradeReport } from './facts.ts'
import { type Explanation, explainResult, resultCodes } from './results.ts'

/**
 * `downloaded`: 100 percent, and nothing shows that the target is installed. The vendor's Java samples report
 * the end of the download so, with the old version, and the end of the upgrade the same with the new one.
 *
 * `evidence` says how far a success can be trusted. `matched`: the report carries the target version; the
 * vendor's C SDK sends such a report before anything is installed, so only a `VersionReport` confirms it.
 * `claimed`: there is no target to compare with.
 */
export type Meaning =
  | { state: 'upgrading' }
  | { state: 'downloaded' }
  | { state: 'succeeded'; evidence: 'matched' | 'claimed' }
  | { state: 'failed'; failure: Explanation }

/**
 * Judges a report as IoTDA does: an upgrade has succeeded when the reported version equals the target, as
 * exact texts (https://support.huaweicloud.com/intl/en-us/usermanual-iothub/iot_01_0047.html). A version that
 * is missing equals no target. A fault is a fault whatever version stands beside it: some devices send the
 * target's.
 */
export const meaningOf = (report: UpgradeReport, targetVersion: string | undefined): Meaning => {
  const { resultCode, percent, version } = report
  if (report.hasFailed) return { state: 'failed', failure: explainResult(resultCode) }
  const isSuccess =
    resultCode === resultCodes.alreadyLatest ||
    (resultCode === resultCodes.success && (percent ?? 100) === 100)
  if (isSuccess && targetVersion === undefined) return { state: 'succeeded', evidence: 'claimed' }
  if (isSuccess && version === targetVersion) return { state: 'succeeded', evidence: 'matched' }
  if (resultCode !== resultCodes.success) return { state: 'failed', failure: explainResult(resultCode) }
  return { state: percent === 100 ? 'downloaded' : 'upgrading' }
}
