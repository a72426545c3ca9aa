import { errorFields } from '../runtime/error-fields.ts'
import { log } from '../runtime/log.ts'
import type { ChangeSource, ReadItems } from '../table/change.ts'
import type { PutEvents } from './bus.ts'
import { changeOf, type Event, eventsOf } from './change-events.ts'

type Needs = {
  sources: readonly ChangeSource[]
  /** Who tells, `/groundcrew/{stack}`. */
  source: string
  read: ReadItems
  put: PutEvents
  /** Keeps a record that cannot be told, whole, where somebody sees it. */
  putAside: (record: object) => Promise<void>
}

/** A record of the stream, of which no more is known before it is read. */
type StreamRecord = { dynamodb?: { SequenceNumber?: string | undefined } | undefined }

/** What may go well the next time: it is no fault of the record. */
class Passing extends Error {}

/**
 * Tells what changed, of a batch of the table's stream in its order. A record that cannot be read, or of which the
 * bus refuses an event for what it is, would fail each time: it is put aside, and what comes after it is told. Resolves to the sequence numbers of what could
 * not be told for another reason: the stream comes again from the first of them on, so events may be told more
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
        throw new Passing('The table could not be read', { cause: error })
      }
    }
    const told = await Promise.all(records.map((record) => eventsOrFailure(record, { ...use, read })))
    // What follows a failure comes again with it; told now, it would be ahead of its time.
    const failedAt = told.indexOf('failed')
    const whole = failedAt < 0 ? told : told.slice(0, failedAt)
    const events = whole.flatMap((one, n) => (one === 'failed' ? [] : one.map((event) => ({ n, event }))))
    const { again, never } = await use.put(events.map(({ event }) => event))
    const stopped = events.find((_, n) => again.has(n))?.n ?? (failedAt < 0 ? records.length : failedAt)
    const unfit = new Set(events.flatMap(({ n }, place) => (never.has(place) && n < stopped ? [n] : [])))
    for (const n of unfit) if (!(await setAside(records[n] ?? {}, use))) return fromOn(records, n)
    return fromOn(records, stopped)
  }

/** The stream comes again from that record on. */
const fromOn = (records: readonly StreamRecord[], n: number): string[] =>
  records.slice(n, n + 1).map(sequenceOf)

const sequenceOf = ({ dynamodb }: StreamRecord): string => dynamodb?.SequenceNumber ?? ''

const eventsOrFailure = async (record: StreamRecord, use: Needs): Promise<Event[] | 'failed'> => {
  const sequence = sequenceOf(record)
  try {
    return await eventsOf(changeOf(record), use)
  } catch (error) {
    log('changeNotTold', { sequence, ...errorFields(error) })
    if (error instanceof Passing) return 'failed'
  }
  return (await setAside(record, use)) ? [] : 'failed'
}

/** Resolves to whether it is kept. */
const setAside = async (record: StreamRecord, use: Needs): Promise<boolean> => {
  try {
    await use.putAside(record)
    return true
  } catch (error) {
    log('changeNotTold', { sequence: sequenceOf(record), ...errorFields(error) })
    return false
  }
}
