import type { Report, UpgradeAttempt } from '../api/records.ts'

/**
 * The meaning of a single report for its attempt, in a sentence. The state itself is the API's; this only
 * says which rule applies to a report: a version report is proof, a version in another report is a claim, a
 * result code is a failure, and 100 % without the target version is only a download.
 */
export const conclusionOf = (
  report: Report,
  { package: of, targetVersion, failure }: UpgradeAttempt,
): string => {
  if (report.kind === 'versionReport') {
    const runs = of === 'firmware' ? report.firmware : report.software
    if (runs === undefined) return `Says nothing of the ${of}`
    return runs === targetVersion
      ? 'Confirmed: it runs the target version'
      : `It runs ${runs}, not the target version`
  }
  const { resultCode = 0, percent = 0, version } = report
  if (version === targetVersion && resultCode === 0) return 'Claimed: the report carries the target version'
  if (resultCode !== 0) {
    if (failure && String(failure.code) === String(resultCode)) return `Failed: ${failure.reason}`
    return `A fault, code ${resultCode}`
  }
  return percent >= 100 ? 'Downloaded; the version is not yet the target' : 'Under way'
}

export type Outcome = Partial<Pick<UpgradeAttempt, 'state' | 'evidence'>>

/** Only a success has evidence: a failed or closed attempt may have claimed the version before. */
export const howKnown = ({ state, evidence }: Outcome): Outcome['evidence'] =>
  state === 'succeeded' ? evidence : undefined
