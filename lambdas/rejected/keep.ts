import type { DeviceReport } from '../queue/batch.ts'
import { eachOf } from '../runtime/each-of.ts'
import { errorFields } from '../runtime/error-fields.ts'
import { log, type Speaker } from '../runtime/log.ts'
import { count } from '../runtime/telemetry.ts'
import { sampleOf } from './sample.ts'
import type { rejectedStore } from './store.ts'

/**
 * Keeps messages of a batch that could not be understood, or belong to no record, for operators. They are not
 * retried.
 */

/** `path` is the place in the message. */
export type Rejected = { report: DeviceReport; reason: string; path: string }

/** Sources whose rejections are written in parallel. */
const sourcesAtOnce = 10

/**
 * Logs, counts and keeps the rejections of a batch: one line and one write for each fault of a source,
 * however often it is in the batch, so that a flood of messages costs no more than one. Resolves to the
 * messages whose rejections could not be kept, which have to be retried.
 */
export const keepRejections = async (
  rejected: Pick<ReturnType<typeof rejectedStore>, 'add'>,
  all: readonly Rejected[],
  speakerOf: (source: string) => Speaker,
): Promise<string[]> => {
  const failed: string[] = []
  const bySource = [...Map.groupBy(all, ({ report }) => report.source)]
  await eachOf(bySource, sourcesAtOnce, async ([source, ofSource]) => {
    try {
      await rejected.add(source, faultsIn(speakerOf(source), ofSource))
    } catch (error) {
      const messageIds = messageIdsOf(ofSource)
      log('batchItemFailed', { ...speakerOf(source), messageIds, ...errorFields(error) })
      failed.push(...messageIds)
    }
  })
  return failed
}

const messageIdsOf = (rejected: readonly Rejected[]): string[] => [
  ...new Set(rejected.map(({ report }) => report.messageId)),
]

const faultsIn = (speaker: Speaker, ofSource: readonly Rejected[]) => {
  // The same fault at different places of a list counts as one.
  const faults = Map.groupBy(ofSource, ({ reason, path }) => `${reason} ${path.replaceAll(/\[\d+\]/g, '[]')}`)
  return [...faults.values()].flatMap((same) => {
    const last = same.at(-1)
    if (!last) return []
    const path = last.path.replaceAll(/\[\d+\]/g, '[]')
    const times = same.length
    log('rejectedMessage', { ...speaker, messageIds: messageIdsOf(same), reason: last.reason, path, times })
    count('RejectedMessages', times)
    const { payload, receipt } = last.report
    return [{ reason: last.reason, path, times, sample: sampleOf(payload), at: receipt.receivedAt }]
  })
}
