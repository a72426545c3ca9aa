import type { SQSEvent } from 'aws-lambda'
import { readFirmware } from '../../protocols/dji-dock/up.ts'
import { dockSnPattern } from '../../protocols/dji-remote-log/topics.ts'
import { readRelayedPresence } from '../../protocols/edge-presence/up.ts'
import { type DeviceReport, inParts, readReports } from '../queue/batch.ts'
import { keepRejections, type Rejected } from '../rejected/keep.ts'
import type { rejectedStore } from '../rejected/store.ts'
import { ofDock } from '../runtime/log.ts'
import { count, countDropped } from '../runtime/telemetry.ts'
import { readLifecycle } from './lifecycle.ts'
import { merge, orderOf, type PresenceRegisters } from './registers.ts'
import type { presenceStore } from './store.ts'

/**
 * Records signs of docks' presence: the broker's events about their connections, a relay's messages, and
 * reported firmware. Started by the queue `replies`, which the topic rules fill. Idempotent, in any order.
 */
type Needs = {
  presence: Pick<ReturnType<typeof presenceStore>, 'record'>
  rejected: Pick<ReturnType<typeof rejectedStore>, 'add'>
  now: () => number
}

export const recordPresence =
  (use: Needs) =>
  async (event: SQSEvent): Promise<string[]> => {
    const { reports, unreadable } = readReports(event, /^/)
    const rejected: Rejected[] = []
    const bySource = [...Map.groupBy(reports.filter(isOfDock), ({ source }) => source)]
    const failed = await inParts(
      bySource,
      ([source, reportsOfDock]) => ({
        messageIds: reportsOfDock.map(({ messageId }) => messageId),
        ...ofDock(source),
      }),
      async ([source, reportsOfDock]) => {
        const facts = reportsOfDock.reduce((known, report) => merge(known, factsOf(report, rejected)), {})
        await use.presence.record(source, facts, use.now())
      },
    )
    return [...unreadable, ...failed, ...(await keepRejections(use.rejected, rejected, ofDock))]
  }

/**
 * Any client in the account may connect, and most are not docks: their connection events are not counted as
 * illegal.
 */
const isOfDock = ({ source, about }: DeviceReport): boolean => {
  if (dockSnPattern.test(source)) return true
  if (about !== 'connection') count('IllegalSources')
  return false
}

const factsOf = (report: DeviceReport, rejected: Rejected[]): PresenceRegisters => {
  const { about, payload, receipt, messageId, source } = report
  const heard = { order: orderOf(receipt), heardAt: receipt.receivedAt }
  const reject = (reason: string, path = ''): PresenceRegisters => {
    rejected.push({ report, reason, path })
    return {}
  }
  if (about === 'connection') return readLifecycle(payload, receipt) ?? reject('notALifecycleEvent')
  if (about === 'firmware') {
    const read = readFirmware(payload)
    return read.outcome === 'understood' ? { firmware: { ...heard, version: read.fact.version } } : {}
  }
  if (about !== 'relay') return reject('unknownSubject')
  const read = readRelayedPresence(payload)
  if (read.outcome === 'notUnderstood') return reject(read.reason, read.path)
  if (read.outcome === 'ignored') return {}
  countDropped({ ...ofDock(source), messageIds: [messageId] }, read.dropped)
  return { relay: { ...heard, ...read.presence } }
}
