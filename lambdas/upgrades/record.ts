import type { SQSEvent } from 'aws-lambda'
import { timeResponse } from '../../protocols/huawei-ota/down.ts'
import { deviceIdPattern } from '../../protocols/huawei-ota/topics.ts'
import { inParts, readReports } from '../queue/batch.ts'
import type { Publish } from '../runtime/publish.ts'
import { type ReceivedTimeRequest, type ReportNeeds, spokenOf, takeReports } from './reports.ts'

type Needs = ReportNeeds & {
  /** Absent: the devices' own platform answers their requests for the time. */
  tellTime?: Publish | undefined
}

/**
 * Records devices' upgrade and version reports, and answers their requests for the time. Started by the queue
 * `upgrades`, which the topic rules fill. Idempotent, in any order.
 */
export const recordUpgrades = (use: Needs) => async (event: SQSEvent) => {
  const { reports, unreadable } = readReports(event, deviceIdPattern)
  const { failed, timeRequests } = await takeReports(use, reports)
  // A message that was not recorded comes again, and is answered then.
  const due = timeRequests.filter(({ report }) => !failed.includes(report.messageId))
  return [...unreadable, ...failed, ...(await tellTime(use, due))]
}

/**
 * Milliseconds after which we do not answer any more, and after which the broker drops an answer. The device
 * assumes that both ways took equally long, so that a long wait on one of them sets its clock wrong.
 */
const answeredWithinMs = 60_000

/** Resolves to the messages whose answers could not be sent. */
const tellTime = async (
  { tellTime: publish, now }: Needs,
  requests: readonly ReceivedTimeRequest[],
): Promise<string[]> => {
  if (!publish) return []
  const fresh = requests.filter(({ report }) => now() - report.receipt.receivedAt <= answeredWithinMs)
  return inParts(
    fresh,
    ({ report: { messageId, source }, deviceId }) => ({
      messageIds: [messageId],
      ...spokenOf(source, deviceId),
    }),
    ({ report: { source, receipt }, deviceId, request }) => {
      const { receivedAt } = receipt
      const answer = timeResponse(deviceId, { request, receivedAt, sentAt: now(), gatewayId: source })
      return publish(answer, { expiresInSeconds: answeredWithinMs / 1000 })
    },
  )
}
