import type { Campaign, Decision, SkippedDevice, UpgradeAttempt } from '../api/records.ts'
import { csvOfRows, type Value } from '../words/csv.ts'

/** A campaign's evidence for auditors: which device runs what, since when, and what proves it. */
export type Evidence = {
  exportedAt: string
  exportedBy: string
  campaign: Campaign
  decisions: readonly Decision[]
  devices: readonly UpgradeAttempt[]
  skipped: readonly SkippedDevice[]
}

const columns = [
  'campaignId',
  'deviceId',
  'attemptId',
  'requestedBy',
  'package',
  'packageId',
  'fromVersion',
  'targetVersion',
  'reportedVersion',
  'state',
  'howKnown',
  'alreadyRunning',
  'openedAt',
  'offeredAt',
  'deliveries',
  'lastReportAt',
  'failureCode',
  'failureReason',
  'closedBy',
  'skippedIn',
  'skippedBecause',
] as const
type Row = Partial<Record<(typeof columns)[number], Value>>

const rowOf = ({ id: attemptId, evidence: howKnown, failure, ...attempt }: UpgradeAttempt): Row => ({
  ...attempt,
  attemptId,
  howKnown,
  failureCode: failure?.code,
  failureReason: failure?.reason,
})

/** One row per device, the skipped ones last. */
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
