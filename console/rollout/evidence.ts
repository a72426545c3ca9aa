import type { Campaign, Decision, SkippedDevice, UpgradeAttempt } from '../api/records.ts'
import { csvOfRows, type Value } from '../words/csv.ts'

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
type Row = Partial<Record<(typeof columns)[number], Value>>

const rowOf = ({ id: attemptId, evidence: howKnown, failure, ...attempt }: UpgradeAttempt): Row => ({
  ...attempt,
  attemptId,
  howKnown,
  failureCode: failure?.code,
  failureReason: failure?.reason,
})

/** A line for each device, those that could not take part last. */
export const csvOf = ({ campaign, devices, skipped }: Evidence): string => {
  const rows: Row[] = [
    ...devices.map(rowOf),
    ...skipped.map(({ deviceId, phase, reason }) => ({
      deviceId,
      package: campaign.package,
      packageId: campaign.packageId,
      targetVersion: campaign.targetVersion,
      skippedIn: phase,
      skippedBecause: reason,
    })),
  ]
  return csvOfRows(
    columns,
    rows.map((row) => ({ campaignId: campaign.id, ...row })),
  )
}

export const jsonOf = (evidence: Evidence): string => `${JSON.stringify(evidence, null, 2)}\n`
