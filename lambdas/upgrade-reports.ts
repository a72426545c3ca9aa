import { versionQuery } from '../protocols/huawei-ota/down.ts'
import { meaningOf } from '../protocols/huawei-ota/meaning.ts'
import { readEvents } from '../protocols/huawei-ota/up.ts'
import { type DeviceReport, inParts } from './batch.ts'
import type { Publish } from './publish.ts'
import { sampleOf } from './sample.ts'
import type { Device } from './store/devices.ts'
import type { rejectedStore } from './store/rejected-messages.ts'
import type { Reported, upgradeStore } from './store/upgrades.ts'
import { count, logger, messages } from './telemetry.ts'

/**
 * Takes in what devices say of their upgrades, whichever way it came: by topic rule and queue, or over HTTPS. The same message
 * again changes nothing, whatever its order; what cannot be understood is kept as a rejected message.
 */
export type ReportNeeds = {
  upgrades: Pick<ReturnType<typeof upgradeStore>, 'record' | 'keepReports'>
  rejected: Pick<ReturnType<typeof rejectedStore>, 'add'>
  publish: Publish
  now: () => number
}

/** Why an event in a message was not taken; `path` is its place in the message. */
export type Rejection = { messageId: string; reason: string; path: string }

export type Taken = {
  /** Messages that could not be recorded because something of ours failed. */
  failed: string[]
  rejections: Rejection[]
}

/** A version query is dropped by the broker if the device does not come for it within this time. */
const queryLifetimeSeconds = 60

export const takeReports = async (use: ReportNeeds, reports: readonly DeviceReport[]): Promise<Taken> => {
  const { parts, rejected } = sort(reports)
  const failed = await inParts(parts, messageIdsOf, async (part) => {
    if (await recordPart(use, part)) return
    rejected.push(
      ...part.reports.map((report) => ({ report, reason: 'notItsChild', path: 'object_device_id' })),
    )
  })
  const notKept = await inParts(
    rejected,
    ({ report }) => [report.messageId],
    async ({ report: { source, payload, receipt }, reason, path }) => {
      logger.warn(messages.rejectedMessage, { source, reason, path })
      count('RejectedMessages')
      // One row for a fault, wherever in the list of services it is.
      await use.rejected.add({
        source,
        reason,
        path: path.replaceAll(/\[\d+\]/g, '[]'),
        sample: sampleOf(payload),
        at: receipt.receivedAt,
      })
    },
  )
  return {
    failed: [...new Set([...failed, ...notKept])],
    rejections: rejected.map(({ report, reason, path }) => ({ messageId: report.messageId, reason, path })),
  }
}

/** All that a batch says of one device, by one speaker. */
type Part = { deviceId: string; speaker: string; reports: DeviceReport[]; events: Reported[] }

const messageIdsOf = ({ reports }: Part): string[] => reports.map(({ messageId }) => messageId)

type Rejected = { report: DeviceReport; reason: string; path: string }

const sort = (reports: readonly DeviceReport[]): { parts: Part[]; rejected: Rejected[] } => {
  const parts = new Map<string, Part>()
  const rejected: Rejected[] = []
  for (const report of reports)
    for (const [index, read] of readEvents(report.source, report.payload).entries()) {
      if (read.outcome === 'notUnderstood') rejected.push({ report, reason: read.reason, path: read.path })
      if (read.outcome !== 'understood') continue
      const { deviceId } = read.fact
      const name = `${report.source} ${deviceId}`
      const part = parts.get(name) ?? { deviceId, speaker: report.source, reports: [], events: [] }
      if (part.reports.at(-1) !== report) part.reports.push(report)
      part.events.push({ event: read.fact, receipt: report.receipt, index })
      parts.set(name, part)
    }
  return { parts: [...parts.values()], rejected }
}

/** False: the device that the topic names may not speak for this one. */
const recordPart = async (use: ReportNeeds, { deviceId, speaker, events }: Part): Promise<boolean> => {
  const recorded = await use.upgrades.record(deviceId, speaker, events)
  if (recorded === 'notItsChild') return false
  await use.upgrades.keepReports(deviceId, events)
  if (needsVersion(recorded.device, events))
    await use.publish(versionQuery(deviceId, { sentAt: use.now(), gatewayId: speaker }), {
      expiresInSeconds: queryLifetimeSeconds,
    })
  return true
}

/**
 * A version report is the only proof of what a device runs. We ask for it when a report carries the target, which some devices
 * send before they install it, and when one says 100 % without it, which some send when they are done. A report that comes again
 * makes us ask again, since asking may have been what failed.
 */
const needsVersion = ({ attempt, registers }: Device, events: readonly Reported[]): boolean => {
  if (!attempt || registers.confirmed || registers.closed) return false
  return events.some(
    ({ event, receipt }) =>
      event.kind === 'upgradeReport' &&
      receipt.receivedAt >= attempt.openedAt &&
      ['succeeded', 'downloaded'].includes(meaningOf(event, attempt.target).state),
  )
}
