import type { Campaign, Decision, SkippedDevice, UpgradeAttempt } from '../api/records.ts'

/** What a campaign leaves behind for those who ask later: which device runs what, since when, and how that is known. */
export type Evidence = {
  exportedAt: string
  exportedBy: string
  campaign: Campaign
  decisions: readonly Decision[]
  devices: readonly UpgradeAttempt[]
  skipped: readonly SkippedDevice[]
}

const columns = [
  ...(['campaignId', 'deviceId', 'attemptId', 'requestedBy', 'package', 'packageId'] as const),
  ...(['fromVersion', 'targetVersion', 'reportedVersion', 'state', 'howKnown', 'alreadyRunning'] as const),
  ...(['openedAt', 'offeredAt', 'deliveries', 'lastReportAt'] as const),
  ...(['failureCode', 'failureReason', 'closedBy', 'skippedIn', 'skippedBecause'] as const),
]
type Row = Partial<Record<(typeof columns)[number], string | number | boolean | undefined>>

const rowOf = ({ id: attemptId, evidence: howKnown, failure, ...attempt }: UpgradeAttempt): Row => ({
  ...attempt,
  ...{ attemptId, howKnown, failureCode: failure?.code, failureReason: failure?.reason },
})

/**
 * A cell as RFC 4180 has it. What a spreadsheet would take for a formula is made text by an apostrophe: devices
 * and people write some of these, and a formula can send the sheet elsewhere.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
const cell = (value: Row[keyof Row]): string => {
  const text = String(value ?? '')
  const safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** A line for each device, those that could not take part last. */
export const csvOf = ({ campaign, devices, skipped }: Evidence): string => {
  const rows: Row[] = [
    ...devices.map(rowOf),
    ...skipped.map(({ deviceId, phase, reason }) => ({
      ...{ deviceId, package: campaign.package, packageId: campaign.packageId },
      ...{ targetVersion: campaign.targetVersion, skippedIn: phase, skippedBecause: reason },
    })),
  ]
  const lines = rows.map((row) => columns.map((name) => cell({ campaignId: campaign.id, ...row }[name])))
  return [columns, ...lines].map((line) => `${line.join(',')}\r\n`).join('')
}

export const jsonOf = (evidence: Evidence): string => `${JSON.stringify(evidence, null, 2)}\n`
