import type { SQSEvent } from 'aws-lambda'
import { acknowledgeEvent } from '../../protocols/dji-dock/down.ts'
import { readDebugReply, readPowerProgress } from '../../protocols/dji-remote-debug/up.ts'
import { dockSnPattern } from '../../protocols/dji-remote-log/topics.ts'
import type { Read } from '../../protocols/message.ts'
import { type DeviceReport, inParts, readReports } from '../queue/batch.ts'
import { keepRejections, type Rejected } from '../rejected/keep.ts'
import type { rejectedStore } from '../rejected/store.ts'
import { ofDock } from '../runtime/log.ts'
import type { Publish } from '../runtime/publish.ts'
import { count, countDropped } from '../runtime/telemetry.ts'
import type { AircraftPower } from './power.ts'

/**
 * Takes in what docks say of their debug mode and their aircraft's power, from the queues that have what else
 * they say of that kind, and sends what comes next. Another platform's debugging changes nothing here, nor does
 * the same word again.
 */

type Needs = {
  power: Pick<AircraftPower, 'heard'>
  rejected: Pick<ReturnType<typeof rejectedStore>, 'add'>
}

/** Answers to what docks were told. */
export const recordDebugReplies = (use: Needs) =>
  ofEachDock(use, async (report, understood) => {
    const reply = understood(readDebugReply(report.payload))
    if (!reply) return
    await use.power.heard(report.source, { kind: 'reply', ...reply, at: report.receipt.receivedAt })
  })

type ProgressNeeds = Needs & {
  now: () => number
  /** Absent: another platform acknowledges the docks' events. */
  acknowledge?: Publish | undefined
}

/** How far docks are with their aircraft; they are told that it arrived, once it is recorded. */
export const recordPowerProgress = (use: ProgressNeeds) =>
  ofEachDock(use, async (report, understood) => {
    const { source: sn, payload, receipt } = report
    const progress = understood(readPowerProgress(sn, payload))
    if (!progress) return
    if (progress.gatewayContradicts) count('ContradictingGateways')
    await use.power.heard(sn, { kind: 'progress', ...progress, at: receipt.receivedAt })
    const { acknowledge: answerTo } = progress
    if (answerTo && use.acknowledge)
      await use.acknowledge(acknowledgeEvent({ sn, answerTo, sentAt: use.now() }))
  })

type Understood = <Fact>(read: Read<Fact>) => Fact | undefined

/** What is no JSON is told by whoever reads the other messages of the same queue. */
const toldElsewhere: readonly string[] = ['notJson', 'notAnObject']

/** The messages of one dock one after the other, in their order. */
const ofEachDock =
  (use: Needs, take: (report: DeviceReport, understood: Understood) => Promise<void>) =>
  async (event: SQSEvent): Promise<string[]> => {
    const { reports } = readReports(event, dockSnPattern)
    const rejected: Rejected[] = []
    const understood =
      (report: DeviceReport): Understood =>
      (read) => {
        if (read.outcome === 'notUnderstood' && !toldElsewhere.includes(read.reason))
          rejected.push({ report, reason: read.reason, path: read.path })
        if (read.outcome !== 'understood') return undefined
        countDropped({ ...ofDock(report.source), messageIds: [report.messageId] }, read.dropped)
        return read.fact
      }
    const failed = await inParts(
      [...Map.groupBy(reports, ({ source }) => source)],
      ([source, said]) => ({ messageIds: said.map(({ messageId }) => messageId), ...ofDock(source) }),
      async ([, said]) => {
        for (const report of said) await take(report, understood(report))
      },
    )
    return [...failed, ...(await keepRejections(use.rejected, rejected, ofDock))]
  }
