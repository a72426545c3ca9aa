import type { Report, UpgradeAttempt } from '../api/records.ts'

/** What a single report means for its attempt, in a sentence. */
export const conclusionOf = (report: Report, { package: of }: Pick<UpgradeAttempt, 'package'>): string => {
  const sentences: Record<Report['meaning'], string> = {
    upgrading: 'Under way',
    downloaded: 'Downloaded; the version is not yet the target',
    matched: 'Claimed: the report carries the target version',
    confirmed: 'Confirmed: it runs the target version',
    otherVersion: `It runs ${report[of]}, not the target version`,
    unrelated: `Says nothing of the ${of}`,
    failed: `Failed: ${report.failure?.reason}`,
  }
  return sentences[report.meaning]
}

export type Outcome = Partial<Pick<UpgradeAttempt, 'state' | 'evidence'>>

/** Only a success has evidence: a failed or closed attempt may have claimed the version before. */
export const howKnown = ({ state, evidence }: Outcome): Outcome['evidence'] =>
  state === 'succeeded' ? evidence : undefined
