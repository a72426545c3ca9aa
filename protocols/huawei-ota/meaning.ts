/**
 * What an upgrade report means for an upgrade, judged alone: without earlier reports, and without what else
 * is known about the device. A report does not say which upgrade it belongs to, nor its target; both come
 * from us.
 */
import type { UpgradeReport } from './facts.ts'
import { type Explanation, explainOtaResult, resultCodes } from './results.ts'

/**
 * `downloaded`: 100 percent, but nothing shows that the target is installed. The vendor's Java samples report
 * the end of the download this way, with the old version, and the end of the upgrade likewise with the new
 * one.
 *
 * `evidence` says how far a success can be trusted. `matched`: the report has the target version; the
 * vendor's C SDK sends such a report before anything is installed, so only a `VersionReport` confirms it.
 * `claimed`: there is no target to compare with.
 */
export type Meaning =
  | { state: 'upgrading' }
  | { state: 'downloaded' }
  | { state: 'succeeded'; evidence: 'matched' | 'claimed' }
  | { state: 'failed'; failure: Explanation }

/**
 * Judges a report as IoTDA does: an upgrade has succeeded if the reported version equals the target, compared
 * exactly (https://support.huaweicloud.com/intl/en-us/usermanual-iothub/iot_01_0047.html). A missing version
 * equals no target. A fault is a fault whatever version the report has: some devices send the target's.
 */
export const meaningOf = (
  { resultCode, percent, version }: Pick<UpgradeReport, 'resultCode' | 'percent' | 'version'>,
  targetVersion: string | undefined,
): Meaning => {
  const isSuccess =
    resultCode === resultCodes.alreadyLatest ||
    (resultCode === resultCodes.success && (percent ?? 100) === 100)
  if (isSuccess && targetVersion === undefined) return { state: 'succeeded', evidence: 'claimed' }
  if (isSuccess && version === targetVersion) return { state: 'succeeded', evidence: 'matched' }
  if (resultCode !== resultCodes.success) return { state: 'failed', failure: explainOtaResult(resultCode) }
  return { state: percent === 100 ? 'downloaded' : 'upgrading' }
}
