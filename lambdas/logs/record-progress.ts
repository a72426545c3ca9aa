import type { SQSEvent } from 'aws-lambda'
import { acknowledgeEvent } from '../../protocols/dji-dock/down.ts'
import type { AnswerTo } from '../../protocols/dji-dock/facts.ts'
import type { Progress } from '../../protocols/dji-remote-log/facts.ts'
import { dockSnPattern } from '../../protocols/dji-remote-log/topics.ts'
import { readProgress } from '../../protocols/dji-remote-log/up.ts'
import { type AddLogIds, type DeviceReport, inParts, inTurns, readReports } from '../queue/batch.ts'
import type { dockStore } from '../registry/store.ts'
import type { unregisteredDocks } from '../registry/unregistered.ts'
import { keepRejections, type Rejected } from '../rejected/keep.ts'
import type { rejectedStore } from '../rejected/store.ts'
import { type BatchIds, ofDock } from '../runtime/log.ts'
import type { Publish } from '../runtime/publish.ts'
import { count, countDropped } from '../runtime/telemetry.ts'
import { claimsOf } from './claims.ts'
import { type ClaimNeeds, recorder, type UploadReports } from './progress-claims.ts'

/**
 * Records progress reports of docks. Started by the queue `progress`, which the topic rule fills, with up to
 * a hundred messages; reports that end something come by the queue `replies`, without a batching window (ADR
 * 0042). Everything a batch says about one upload is one write. Repeats, any order and concurrent runs of
 * both queues lead to the same result.
 */

type Needs = ClaimNeeds & {
  docks: Pick<ReturnType<typeof dockStore>, 'sawForeignExport'>
  rejected: Pick<ReturnType<typeof rejectedStore>, 'add'>
  unregistered: Pick<ReturnType<typeof unregisteredDocks>, 'heard'>
  /** Absent: another platform acknowledges the docks' events. */
  acknowledge?: Publish | undefined
  now: () => number
}

/** A part of a batch that succeeds or fails on its own, with the messages it is made of. */
type ProgressPart = {
  reports: DeviceReport[]
  uploadId?: string
  run: (addLogIds: AddLogIds) => Promise<void>
}

export const recordProgress = (use: Needs) => async (event: SQSEvent) => {
  const { reports, unreadable } = readReports(event, dockSnPattern)
  const batch = sort(use, reports)
  const parts = inTurns(batch.parts, ({ reports: [report] }) => report?.source)
  const recorded = await inParts(parts, idsOf, run)
  const failed = [
    ...recorded,
    ...(await keepRejections(use.rejected, batch.rejected, ofDock)),
    ...(await inParts(noteSenders(use, batch.rejected), idsOf, run)),
  ]
  const acknowledged = batch.acknowledgements.filter(
    ({ reports: [report] }) => report && !failed.includes(report.messageId),
  )
  return [...unreadable, ...failed, ...(await inParts(acknowledged, idsOf, run))]
}

const run = (part: ProgressPart, addLogIds: AddLogIds): Promise<void> => part.run(addLogIds)

/** All reports of a part come from the same dock. */
const idsOf = ({ reports, uploadId }: Omit<ProgressPart, 'run'>): BatchIds => ({
  messageIds: reports.map(({ messageId }) => messageId),
  ...ofDock(reports[0]?.source ?? ''),
  ...(uploadId ? { uploadId } : {}),
})

/** A rejected report may be from an unregistered dock: notes each sender, by its last rejected report. */
const noteSenders = (use: Needs, rejected: readonly Rejected[]): ProgressPart[] =>
  [...new Map(rejected.map(({ report }) => [report.source, report])).values()].map((report) => ({
    reports: [report],
    run: () => noteSender(use, report),
  }))

const noteSender = ({ unregistered }: Needs, { source, receipt }: DeviceReport): Promise<void> =>
  unregistered.heard(source, receipt.receivedAt)

type Batch = {
  parts: ProgressPart[]
  /** Sent after the reports are recorded. */
  acknowledgements: ProgressPart[]
  /** Kept as rejected messages after the parts have run. */
  rejected: Rejected[]
}

const sort = (use: Needs, reports: readonly DeviceReport[]): Batch => {
  const uploads = new Map<string, UploadReports>()
  const foreign = new Map<string, ForeignPart>()
  const batch: Batch = { parts: [], acknowledgements: [], rejected: [] }
  for (const report of reports) {
    const read = readProgress(report.source, report.payload)
    if (read.outcome === 'notUnderstood')
      batch.rejected.push({ report, reason: read.reason, path: read.path })
    if (read.outcome !== 'understood') continue
    countDropped({ dockSn: report.source, messageIds: [report.messageId] }, read.dropped)
    const { acknowledge } = read.fact
    if (acknowledge && use.acknowledge)
      batch.acknowledgements.push(answer(use, use.acknowledge, report, acknowledge))
    sortReport({ uploads, foreign }, report, read.fact)
  }
  const record = recorder(use, [...uploads.values()])
  batch.parts.push(
    ...[...foreign.values()].map(({ newest, reports }) => ({
      reports,
      run: () => sawForeign(use, newest),
    })),
    ...[...uploads.values()].map((part) => ({
      reports: part.reports,
      ...('uploadId' in part.of ? { uploadId: part.of.uploadId } : {}),
      run: async (addLogIds: AddLogIds) => {
        if (!(await record(part, addLogIds))) batch.rejected.push(...unclaimed(part))
      },
    })),
  )
  return batch
}

/** Exports of another platform that a batch reports, by dock; only the newest is kept. */
type ForeignPart = {
  newest: { report: DeviceReport; objectKey: string; ended: boolean }
  reports: DeviceReport[]
}

/** Adds the contents of a report to the parts. */
const sortReport = (
  { uploads, foreign }: { uploads: Map<string, UploadReports>; foreign: Map<string, ForeignPart> },
  report: DeviceReport,
  progress: Progress,
): void => {
  const { source: dockSn, receipt } = report
  const { claims, foreignKey, foreignEnded = false, withoutModule } = claimsOf(dockSn, progress, receipt)
  if (progress.gatewayContradicts) count('ContradictingGateways')
  count('ReportsWithoutModule', withoutModule)
  for (const claim of claims) {
    const name = [dockSn, claim.by, 'uploadId' in claim ? claim.uploadId : ''].join(' ')
    const { facts, ...of } = claim
    const part = uploads.get(name) ?? { dockSn, of, facts: [], reports: [] }
    part.facts.push(facts)
    part.reports.push(report)
    uploads.set(name, part)
  }
  if (!foreignKey) return
  count('ForeignExports')
  const seen = { report, objectKey: foreignKey, ended: foreignEnded }
  const { newest = seen, reports = [] } = foreign.get(dockSn) ?? {}
  const before = newest.report.receipt.receivedAt
  const isNewer = receipt.receivedAt > before || (foreignEnded && receipt.receivedAt === before)
  foreign.set(dockSn, { newest: isNewer ? seen : newest, reports: [...reports, report] })
}

const sawForeign = async (use: Needs, { report, objectKey, ended }: ForeignPart['newest']): Promise<void> => {
  const { source, receipt } = report
  await use.docks.sawForeignExport(source, { objectKey, seenAt: receipt.receivedAt, ended })
  await noteSender(use, report)
}

const unclaimed = ({ of, reports }: UploadReports): Rejected[] => {
  count('UnclaimedReports', reports.length)
  return reports.map((report) => ({
    report,
    reason: 'unknownUpload',
    path: of.by === 'key' ? 'key' : 'bid',
  }))
}

const answer = (use: Needs, publish: Publish, report: DeviceReport, answerTo: AnswerTo): ProgressPart => ({
  reports: [report],
  run: () => publish(acknowledgeEvent({ sn: report.source, answerTo, sentAt: use.now() })),
})
