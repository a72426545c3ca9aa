import type { ChangeSource, ReadItems } from '../changes/change.ts'
import { errorFields } from '../runtime/error-fields.ts'
import { log } from '../runtime/log.ts'
import type { PutEvents } from './bus.ts'
import { changeOf, type Event, eventsOf } from './change-events.ts'

type Needs = {
  sources: readonly ChangeSource[]
  /** The CloudEvents `source`, `/groundcrew/{stack}`. */
  source: string
  read: ReadItems
  put: PutEvents
  /** Sends the whole record to the dead-letter queue. */
  putAside: (record: object) => Promise<void>
}

/** A stream record before it is parsed. */
type StreamRecord = { dynamodb?: { SequenceNumber?: string | undefined } | undefined }

/** A failure for a transient reason, worth a retry: the record itself is not the cause. */
class TransientFailure extends Error {}

/**
 * Publishes the events of a batch of the table's stream, in order. A record that cannot be parsed, or whose
 * event the bus can never accept, would fail on every retry: it goes to the dead-letter queue, and the
 * records after it are published. Resolves to at most one sequence number: that of the first record that
 * failed for another reason. Lambda delivers the stream again from there, so events may be published more
 * than once, with the same ids.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export const publishChanges =
  (use: Needs) =>
  async (records: readonly StreamRecord[]): Promise<string[]> => {
    const read: ReadItems = async (keys) => {
      try {
        return await use.read(keys)
      } catch (error) {
        throw new TransientFailure('The table could not be read', { cause: error })
      }
    }
    const results = await Promise.all(records.map((record) => eventsOrFailure(record, { ...use, read })))
    // Records after a failure are delivered again together with it; publishing them now would break the
    // order.
    const failedAt = results.indexOf('failed')
    const beforeFailure = failedAt < 0 ? results : results.slice(0, failedAt)
    const events = beforeFailure.flatMap((result, n) =>
      result === 'failed' ? [] : result.map((event) => ({ n, event })),
    )
    const { retryable, unacceptable } = await use.put(events.map(({ event }) => event))
    const stopped =
      events.find((_, place) => retryable.has(place))?.n ?? (failedAt < 0 ? records.length : failedAt)
    const toSetAside = new Set(
      events.flatMap(({ n }, place) => (unacceptable.has(place) && n < stopped ? [n] : [])),
    )
    for (const n of toSetAside) {
      if (!(await setAside(records[n] ?? {}, use))) return fromOn(records, n)
    }
    return fromOn(records, stopped)
  }

/** Makes Lambda deliver the stream again from record `n` on; empty if there is none. */
const fromOn = (records: readonly StreamRecord[], n: number): string[] =>
  records.slice(n, n + 1).map(sequenceOf)

const sequenceOf = ({ dynamodb }: StreamRecord): string => dynamodb?.SequenceNumber ?? ''

const eventsOrFailure = async (record: StreamRecord, use: Needs): Promise<Event[] | 'failed'> => {
  const sequence = sequenceOf(record)
  try {
    return await eventsOf(changeOf(record), use)
  } catch (error) {
    log('changeNotPublished', { sequence, ...errorFields(error) })
    if (error instanceof TransientFailure) return 'failed'
  }
  return (await setAside(record, use)) ? [] : 'failed'
}

/** Resolves to whether the record is in the dead-letter queue. */
const setAside = async (record: StreamRecord, use: Needs): Promise<boolean> => {
  try {
    await use.putAside(record)
    return true
  } catch (error) {
    log('changeNotPublished', { sequence: sequenceOf(record), ...errorFields(error) })
    return false
  }
}
