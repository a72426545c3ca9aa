import type { SQSEvent } from 'aws-lambda'
import type { Reply } from '../../protocols/dji-remote-log/facts.ts'
import { dockSnPattern } from '../../protocols/dji-remote-log/topics.ts'
import { readReply } from '../../protocols/dji-remote-log/up.ts'
import { type AddLogIds, type DeviceReport, inParts, readReports } from '../queue/batch.ts'
import type { Receipt } from '../queue/receipt.ts'
import type { unregisteredDocks } from '../registry/unregistered.ts'
import { keepRejections, type Rejected } from '../rejected/keep.ts'
import type { rejectedStore } from '../rejected/store.ts'
import { eachOf } from '../runtime/each-of.ts'
import { log, ofDock } from '../runtime/log.ts'
import { timeOf } from '../runtime/new-id.ts'
import { count, countDropped, timeReply } from '../runtime/telemetry.ts'
import type { Command, commandStore } from './commands.ts'
import { answerFacts } from './facts.ts'
import type { HotUploads } from './hot-upload.ts'
import type { listingStore } from './listings/store.ts'
import { earliest } from './registers.ts'

/**
 * Records docks' replies to commands. Started by the queue `replies`, which the topic rule fills. A repeat
 * changes nothing, since the earliest reply counts.
 */

type Needs = {
  commands: Pick<ReturnType<typeof commandStore>, 'find' | 'answered'>
  listings: Pick<ReturnType<typeof listingStore>, 'answer'>
  hot: Pick<HotUploads, 'record'>
  rejected: Pick<ReturnType<typeof rejectedStore>, 'add'>
  unregistered: Pick<ReturnType<typeof unregisteredDocks>, 'heard'>
}

export const recordReplies = (use: Needs) => async (event: SQSEvent) => {
  const { reports, unreadable } = readReports(event, dockSnPattern)
  const rejected: Rejected[] = []
  const failed: string[] = []
  // One dock's replies are taken one after the other, the earliest first, so that a duplicate finds the
  // first.
  const byDock = [...Map.groupBy(reports.toSorted(earlierFirst), ({ source }) => source).values()]
  await eachOf(byDock, docksAtOnce, async (replies) => {
    for (const report of replies) failed.push(...(await inParts([report], idsOf, record(use, rejected))))
  })
  return [...unreadable, ...failed, ...(await keepRejections(use.rejected, rejected, ofDock))]
}

const docksAtOnce = 10

const idsOf = ({ messageId, source }: DeviceReport) => ({ messageIds: [messageId], ...ofDock(source) })

const earlierFirst = (one: DeviceReport, other: DeviceReport): number =>
  one.receipt.receivedAt - other.receipt.receivedAt

const record =
  (use: Needs, rejected: Rejected[]) =>
  async (report: DeviceReport, addLogIds: AddLogIds): Promise<void> => {
    const { source, payload, receipt } = report
    const read = readReply(source, payload)
    if (read.outcome === 'understood') {
      countDropped(idsOf(report), read.dropped)
      await recordAnswer(use, report, read.fact, addLogIds)
    }
    if (read.outcome !== 'notUnderstood') return
    rejected.push({ report, reason: read.reason, path: read.path })
    await use.unregistered.heard(source, receipt.receivedAt)
  }

const recordAnswer = async (
  use: Needs,
  { messageId, source: dockSn, receipt }: DeviceReport,
  reply: Reply,
  addLogIds: AddLogIds,
): Promise<void> => {
  addLogIds({ commandId: reply.commandId })
  const command = await use.commands.find(dockSn, reply.commandId)
  if (!command) {
    // Another platform on the broker commands this dock too, or our record of the command has expired.
    log('unknownCommand', { dockSn, commandId: reply.commandId, messageIds: [messageId] })
    count('UnknownReplies')
    return use.unregistered.heard(dockSn, receipt.receivedAt)
  }
  addLogIds(command.kind === 'list' ? { listingId: command.subject } : { uploadId: command.subject })
  if (command.kind === 'list') await recordListing(use, dockSn, command, reply, receipt)
  else await use.hot.record(dockSn, command.subject, answerFacts(command.kind, reply, receipt))
  // Timed only once recorded: a reply that could not be recorded is delivered again.
  timeReply(receipt.receivedAt - timeOf(reply.commandId))
}

/** A listing may cost hundreds of write units, so a duplicate reply is not written again. */
const recordListing = async (
  { commands, listings }: Needs,
  dockSn: string,
  { subject, answered }: Command,
  reply: Reply,
  receipt: Receipt,
): Promise<void> => {
  const order = earliest(receipt.receivedAt, receipt.receiptId)
  if (answered !== undefined && answered >= order) return
  await listings.answer(dockSn, subject, reply, receipt)
  await commands.answered(dockSn, reply.commandId, order)
}
