import type { Report, UpgradeAttempt } from '../api/records.ts'

/**
 * What a single report means for its attempt, in a sentence. The state itself is the API's; this only says
 * which rule a report falls under: a version report is proof, a version in another report a claim, a result
 * code a failure, and 100 % without the target version is no more than a download.
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

export type Told = Partial<Pick<UpgradeAttempt, 'state' | 'evidence'>>

/** Only a success is known by something: what failed or was closed may have claimed the version before. */
export const howKnown = ({ state, evidence }: Told): Told['evidence'] =>
  state === 'succeeded' ? evidence : undefined
