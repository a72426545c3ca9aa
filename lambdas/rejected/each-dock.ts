import type { SQSEvent } from 'aws-lambda'
import { dockSnPattern } from '../../protocols/dji-remote-log/topics.ts'
import type { Read } from '../../protocols/message.ts'
import { type DeviceReport, inParts, readReports } from '../queue/batch.ts'
import { ofDock } from '../runtime/log.ts'
import { countDropped } from '../runtime/telemetry.ts'
import { keepRejections, type Rejected } from './keep.ts'
import type { rejectedStore } from './store.ts'

/** Takes the messages of one dock, in order, and adds what it cannot take to `rejected`. */
type TakeOfDock = (dockSn: string, reports: readonly DeviceReport[], rejected: Rejected[]) => Promise<void>

/**
 * Handles one kind of message in a queue of several kinds. The messages of a dock are handled one after the
 * other, docks in parallel. `isRelevant`: false for messages that need not be parsed. Resolves to the
 * messages that have to be retried.
 */
export const ofEachDock =
  (
    use: { rejected: Pick<ReturnType<typeof rejectedStore>, 'add'> },
    take: TakeOfDock,
    isRelevant: (report: DeviceReport) => boolean = () => true,
  ) =>
  async (event: SQSEvent): Promise<string[]> => {
    const { reports } = readReports(event, dockSnPattern)
    const rejected: Rejected[] = []
    const failed = await inParts(
      [...Map.groupBy(reports.filter(isRelevant), ({ source }) => source)],
      ([source, ofSource]) => ({ messageIds: ofSource.map(({ messageId }) => messageId), ...ofDock(source) }),
      ([source, ofSource]) => take(source, ofSource, rejected),
    )
    return [...failed, ...(await keepRejections(use.rejected, rejected, ofDock))]
  }

/** Messages that are not JSON are reported by the handler of the queue's other messages. */
const reportedElsewhere: readonly string[] = ['notJson', 'notAnObject']

/** The fact in a message; undefined: it is of another kind, or is rejected. */
export const understood = <Fact>(
  rejected: Rejected[],
  report: DeviceReport,
  read: Read<Fact>,
): Fact | undefined => {
  if (read.outcome === 'notUnderstood' && !reportedElsewhere.includes(read.reason))
    rejected.push({ report, reason: read.reason, path: read.path })
  if (read.outcome !== 'understood') return undefined
  countDropped({ ...ofDock(report.source), messageIds: [report.messageId] }, read.dropped)
  return read.fact
}
