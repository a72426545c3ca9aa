import type { SQSEvent } from 'aws-lambda'
import { timeResponse } from '../../protocols/huawei-ota/down.ts'
import { deviceIdPattern } from '../../protocols/huawei-ota/topics.ts'
import { inParts, readReports } from '../queue/batch.ts'
import type { Publish } from '../runtime/publish.ts'
import { type AskedTime, type ReportNeeds, spokenOf, takeReports } from './reports.ts'

type Needs = ReportNeeds & {
  /** Absent: the devices' own platform tells them the time. */
  tellTime?: Publish | undefined
}

/**
 * Takes devices' upgrade and version reports, and tells those the time that ask for it. Started by the queue
 * `upgrades`, which the topic rules fill; the same reports again, in any order, change nothing.
 */
export const recordUpgrades = (use: Needs) => async (event: SQSEvent) => {
  const { reports, unreadable } = readReports(event, deviceIdPattern)
  const { failed, timeRequests } = await takeReports(use, reports)
  // What is not recorded comes again, and is answered then.
  const due = timeRequests.filter(({ report }) => !failed.includes(report.messageId))
  return [...unreadable, ...failed, ...(await tellTime(use, due))]
}

/**
 * Milliseconds after which a device is not answered any more, nor gets an answer that waited for it: how long
 * the way took is taken for the same both ways, so that a long wait on one of them sets the clock wrong.
 */
const answeredWithinMs = 60_000

/** The messages whose answers could not be sent. */
const tellTime = async (
  { tellTime: publish, now }: Needs,
  requests: readonly AskedTime[],
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
