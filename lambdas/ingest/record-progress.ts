import type { SQSEvent } from 'aws-lambda'
import { acknowledgeEvent } from '../../protocols/dji-remote-log/down.ts'
import type { Acknowledgement, Progress } from '../../protocols/dji-remote-log/facts.ts'
import { dockSnPattern } from '../../protocols/dji-remote-log/topics.ts'
import { readProgress } from '../../protocols/dji-remote-log/up.ts'
import { type DeviceReport, inParts, onQueue, readReports } from '../batch.ts'
import { env as names } from '../env.ts'
import { type Publish, publisher } from '../publish.ts'
import { sampleOf } from '../sample.ts'
import { dockStore } from '../store/docks.ts'
import { connectTable } from '../store/dynamodb.ts'
import { type HotUploads, hotUploads } from '../store/hot-upload.ts'
import { join, type Registers } from '../store/registers.ts'
import { rejectedStore } from '../store/rejected-messages.ts'
import { type Claim, claimsOf } from '../store/upload-facts.ts'
import { count, countDropped, logger, messages } from '../telemetry.ts'

/**
 * Takes docks' reports of progress. Started by the queue `progress`, which the topic rule fills, a hundred messages at a
 * time; all that a batch says of one upload is one write. The same reports again, in any order, change nothing.
 */

type Needs = {
  hot: Pick<HotUploads, 'record'>
  docks: Pick<ReturnType<typeof dockStore>, 'find' | 'sawForeignExport'>
  rejected: Pick<ReturnType<typeof rejectedStore>, 'add'>
  /** Absent: another platform acknowledges the docks' events. */
  acknowledge?: Publish | undefined
  now: () => number
}

/** A piece of a batch that succeeds or fails by itself, with the messages that it stands for. */
type Part = { reports: DeviceReport[]; run: () => Promise<void> }

export const recordProgress = (use: Needs) => async (event: SQSEvent) => {
  const { reports, unreadable } = readReports(event, dockSnPattern)
  const batch = sort(use, reports)
  const failed = await inParts(batch.parts, messageIds, (part) => part.run())
  const acknowledged = batch.wanted.filter(
    ({ reports: [report] }) => report && !failed.includes(report.messageId),
  )
  return [...unreadable, ...failed, ...(await inParts(acknowledged, messageIds, (part) => part.run()))]
}

const messageIds = ({ reports }: Part): string[] => reports.map(({ messageId }) => messageId)

type Batch = {
  parts: Part[]
  /** Acknowledgements, to be sent once what was reported is recorded. */
  wanted: Part[]
}

const sort = (use: Needs, reports: readonly DeviceReport[]): Batch => {
  const uploads = new Map<string, UploadPart>()
  const batch: Batch = { parts: [], wanted: [] }
  for (const report of reports) {
    const read = readProgress(report.source, report.payload)
    if (read.outcome === 'notUnderstood') batch.parts.push(reject(use, report, read.reason, read.path))
    if (read.outcome !== 'understood') continue
    countDropped(report.source, read.dropped)
    const { acknowledge } = read.fact
    if (acknowledge && use.acknowledge) batch.wanted.push(answer(use, use.acknowledge, report, acknowledge))
    batch.parts.push(...sortReport(use, uploads, report, read.fact))
  }
  batch.parts.push(
    ...[...uploads.values()].map((part) => ({ reports: part.reports, run: () => recordClaim(use, part) })),
  )
  return batch
}

type UploadPart = { dockSn: string; claim: Claim; reports: DeviceReport[] }

/** Adds what a report says to the parts by upload; returns the parts that stand for themselves. */
const sortReport = (
  use: Needs,
  uploads: Map<string, UploadPart>,
  report: DeviceReport,
  progress: Progress,
): Part[] => {
  const { source: dockSn, receipt } = report
  const { claims, foreignKey, withoutModule } = claimsOf(dockSn, progress, receipt)
  if (progress.gatewayContradicts) count('ContradictingGateways')
  count('ReportsWithoutModule', withoutModule)
  for (const claim of claims) {
    const name = [dockSn, claim.by, claim.by === 'nothing' ? '' : claim.uploadId].join(' ')
    const known = uploads.get(name)
    const facts: Registers = join(known?.claim.facts ?? {}, claim.facts)
    uploads.set(name, { dockSn, claim: { ...claim, facts }, reports: [...(known?.reports ?? []), report] })
  }
  if (!foreignKey) return []
  count('ForeignExports')
  const seen = { objectKey: foreignKey, seenAt: receipt.receivedAt }
  return [{ reports: [report], run: () => use.docks.sawForeignExport(dockSn, seen) }]
}

const recordClaim = async (use: Needs, { dockSn, claim, reports }: UploadPart): Promise<void> => {
  if (claim.by !== 'nothing' && (await record(use, dockSn, claim.uploadId, claim.facts))) return
  const active = claim.by === 'key' ? undefined : (await use.docks.find(dockSn, 'all'))?.activeUpload
  if (active && (await record(use, dockSn, active, claim.facts))) return
  count('UnclaimedReports', reports.length)
  for (const report of reports)
    await reject(use, report, 'unknownUpload', claim.by === 'key' ? 'key' : 'bid').run()
}

const record = async (use: Needs, dockSn: string, uploadId: string, facts: Registers): Promise<boolean> => {
  return (await use.hot.record(dockSn, uploadId, facts)) !== 'unknown'
}

const reject = (use: Needs, report: DeviceReport, reason: string, path: string): Part => ({
  reports: [report],
  run: async () => {
    const { source, payload, receipt } = report
    logger.warn(messages.rejectedMessage, { source, reason, path })
    count('RejectedMessages')
    await use.rejected.add({ source, reason, path, sample: sampleOf(payload), at: receipt.receivedAt })
  },
})

const answer = (
  use: Needs,
  publish: Publish,
  report: DeviceReport,
  acknowledgement: Acknowledgement,
): Part => ({
  reports: [report],
  run: () => publish(acknowledgeEvent({ dockSn: report.source, acknowledgement, sentAt: use.now() })),
})

export const handler = onQueue((env) => {
  const table = connectTable(env)
  return recordProgress({
    hot: hotUploads(table, Date.now),
    docks: dockStore(table),
    rejected: rejectedStore(table),
    acknowledge: env[names.acknowledgeEvents] === 'off' ? undefined : publisher(env),
    now: Date.now,
  })
})
