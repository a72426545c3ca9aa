import type { SQSEvent } from 'aws-lambda'
import { dockSnPattern } from '../../protocols/dji-remote-log/topics.ts'
import type { Read } from '../../protocols/message.ts'
import { type DeviceReport, inParts, readReports } from '../queue/batch.ts'
import { ofDock } from '../runtime/log.ts'
import { countDropped } from '../runtime/telemetry.ts'
import { keepRejections, type Rejected } from './keep.ts'
import type { rejectedStore } from './store.ts'

/** Takes what one dock said, in its order; what of it is nobody's goes to `rejected`. */
type TakeOfDock = (dockSn: string, said: readonly DeviceReport[], rejected: Rejected[]) => Promise<void>

/**
 * A function of a queue that has what docks say of several kinds, of which it takes one. The messages of one dock
 * come one after the other, docks side by side. `isMeant`: what may be passed over unread. Resolves to the messages that have to come again.
 */
export const ofEachDock =
  (
    use: { rejected: Pick<ReturnType<typeof rejectedStore>, 'add'> },
    take: TakeOfDock,
    isMeant: (report: DeviceReport) => boolean = () => true,
  ) =>
  async (event: SQSEvent): Promise<string[]> => {
    const { reports } = readReports(event, dockSnPattern)
    const rejected: Rejected[] = []
    const failed = await inParts(
      [...Map.groupBy(reports.filter(isMeant), ({ source }) => source)],
      ([source, said]) => ({ messageIds: said.map(({ messageId }) => messageId), ...ofDock(source) }),
      ([source, said]) => take(source, said, rejected),
    )
    return [...failed, ...(await keepRejections(use.rejected, rejected, ofDock))]
  }

/** What is no JSON is told by whoever reads the other messages of the same queue. */
const toldElsewhere: readonly string[] = ['notJson', 'notAnObject']

/** The fact of a message; undefined where it is of another kind, or is rejected. */
export const understood = <Fact>(
  rejected: Rejected[],
  report: DeviceReport,
  read: Read<Fact>,
): Fact | undefined => {
  if (read.outcome === 'notUnderstood' && !toldElsewhere.includes(read.reason))
    rejected.push({ report, reason: read.reason, path: read.path })
  if (read.outcome !== 'understood') return undefined
  countDropped({ ...ofDock(report.source), messageIds: [report.messageId] }, read.dropped)
  return read.fact
}
