import type { SQSEvent } from 'aws-lambda'
import type { Reply } from '../../protocols/dji-remote-log/facts.ts'
import { dockSnPattern } from '../../protocols/dji-remote-log/topics.ts'
import { readReply } from '../../protocols/dji-remote-log/up.ts'
import { type DeviceReport, inParts, onQueue, readReports } from '../batch.ts'
import { timeOf } from '../new-id.ts'
import { keepRejections, type Rejected } from '../rejections.ts'
import { commandStore } from '../store/commands.ts'
import { connectTable } from '../store/dynamodb.ts'
import { type HotUploads, hotUploads } from '../store/hot-upload.ts'
import { listingStore } from '../store/listings.ts'
import { rejectedStore } from '../store/rejected-messages.ts'
import { strangeDocks } from '../store/strange-docks.ts'
import { answerFacts } from '../store/upload-facts.ts'
import { count, countDropped, logger, messages, timeReply } from '../telemetry.ts'

/**
 * Takes docks' answers to commands. Started by the queue `replies`, which the topic rule fills; the same answer twice
 * changes nothing, since the earliest counts.
 */

type Needs = {
  commands: Pick<ReturnType<typeof commandStore>, 'find'>
  listings: Pick<ReturnType<typeof listingStore>, 'answer'>
  hot: Pick<HotUploads, 'record'>
  rejected: Pick<ReturnType<typeof rejectedStore>, 'add'>
  strange: Pick<ReturnType<typeof strangeDocks>, 'heard'>
}

export const recordReplies = (use: Needs) => async (event: SQSEvent) => {
  const { reports, unreadable } = readReports(event, dockSnPattern)
  const rejected: Rejected[] = []
  const failed = await inParts(
    reports,
    ({ messageId }) => [messageId],
    async (report) => {
      const { source, payload } = report
      const read = readReply(source, payload)
      if (read.outcome === 'understood') {
        countDropped(source, read.dropped)
        await takeAnswer(use, report, read.fact)
      }
      if (read.outcome !== 'notUnderstood') return
      rejected.push({ report, reason: read.reason, path: read.path })
      await use.strange.heard(source, report.receipt.receivedAt)
    },
  )
  return [...unreadable, ...failed, ...(await keepRejections(use.rejected, rejected))]
}

const takeAnswer = async (
  use: Needs,
  { source: dockSn, receipt }: DeviceReport,
  reply: Reply,
): Promise<void> => {
  const command = await use.commands.find(dockSn, reply.commandId)
  if (!command) {
    // Another platform on the broker talks to this dock too, or the command is older than we keep.
    logger.info(messages.unknownCommand, { dockSn, commandId: reply.commandId })
    count('UnknownReplies')
    return use.strange.heard(dockSn, receipt.receivedAt)
  }
  timeReply(receipt.receivedAt - timeOf(reply.commandId))
  if (command.kind === 'list') await use.listings.answer(dockSn, command.subject, reply, receipt)
  else await use.hot.record(dockSn, command.subject, answerFacts(command.kind, reply, receipt))
}

export const handler = onQueue((env) => {
  const table = connectTable(env)
  return recordReplies({
    commands: commandStore(table),
    listings: listingStore(table),
    hot: hotUploads(table, Date.now),
    rejected: rejectedStore(table),
    strange: strangeDocks(table, Date.now),
  })
})
