import type { Env } from '../runtime/env.ts'
import { errorFields } from '../runtime/error-fields.ts'
import { log, type Subject } from '../runtime/log.ts'
import { OwnError } from '../runtime/own-error.ts'
import { count, counting } from '../runtime/telemetry.ts'
import { type Invocation, inTime, timeLeft, withinMs } from '../runtime/time-left.ts'
import type { Key } from '../table/pages.ts'
import type { DueItems } from './due-items.ts'

/** The Lambda handler for functions that a schedule starts; `wire` runs once, at the first start. */
export const onClock = (wire: (env: Env) => () => Promise<void>) => {
  let run: (() => Promise<void>) | undefined
  return async (_event?: unknown, invocation?: Invocation): Promise<void> => {
    run ??= wire(process.env)
    const work = run
    await inTime(invocation, () => counting(work))
  }
}

/** Calls `ring` after that time; the returned function cancels it. */
export type Timer = (milliseconds: number, ring: () => void) => () => void

export const systemTimer: Timer = (milliseconds, ring) => {
  const timer = setTimeout(ring, milliseconds)
  return () => clearTimeout(timer)
}

/** What every sweep needs; `timer` defaults to the system's. */
export type ClockNeeds = { due: DueItems; now: () => number; timer?: Timer }

/** Work that may wait until all due items have been looked at once. */
export type LongWork = () => Promise<void>

type Limits = { atOnce: number; ms: number }

export type Sweep<Of extends Subject> = {
  /** The name in log lines. */
  name: string
  /** The ids of a key's subject, for log lines; undefined: the key belongs to no subject of this sweep. */
  subjectOf: (key: Key) => Of | undefined
  /** Reads the item and does the quick work; returns what may take long. */
  check: (subject: Of) => Promise<LongWork | undefined>
  /** How many pieces of long work run in parallel, and the milliseconds that each may take. */
  longWork?: Limits
}

/** Items processed in parallel: most of the time each waits for the table or the broker. */
const atOnce = 20

/** Milliseconds per item, enough for two requests that hang. No item begins with less time left. */
const itemMs = 10_000

/** Milliseconds reserved for postponing an item that took too long. */
const postponingMs = 2_000

class TookTooLong extends OwnError {
  override readonly name = 'TookTooLong'
}

/**
 * Processes all due items: first the quick work on each, then the long work. An item that fails or hangs is
 * postponed, and delays no other. Items not reached before the invocation's end stay due; the next run begins
 * with them. Concurrent runs are harmless if `check` is idempotent.
 * @throws the listing's error, after everything listed has been processed
 */
export const sweepDue = async <Of extends Subject>(
  use: ClockNeeds,
  { name, subjectOf, check, longWork: limits = { atOnce, ms: itemMs } }: Sweep<Of>,
): Promise<void> => {
  const { due, now, timer = systemTimer } = use
  const longWork: Entry<Of>[] = []
  const attend = async ({ key, subject, work }: Entry<Of>, limitMs: number): Promise<void> => {
    try {
      const more = await within(Math.min(limitMs, timeLeft() - postponingMs), timer, work)
      if (more) longWork.push({ key, subject, work: async () => void (await more()) })
    } catch (error) {
      log('sweepFailed', { sweep: name, ...subject, ...errorFields(error) })
      await putOff(due, key, { ...subject, sweep: name }, now())
    }
  }
  const seen = new Set<string>()
  const listed = async function* (): AsyncGenerator<Entry<Of>> {
    for await (const key of due.list(now())) {
      const subject = subjectOf(key)
      const id = `${key.pk} ${key.sk}`
      if (!subject || seen.has(id)) continue
      seen.add(id)
      yield { key, subject, work: () => check(subject) }
    }
  }
  let left = 0
  try {
    left += await inLanes(atOnce, listed(), (entry) => attend(entry, itemMs))
  } finally {
    left += await inLanes(limits.atOnce, longWork.values(), (entry) => attend(entry, limits.ms))
    if (left > 0) log('sweepCutShort', { sweep: name, left })
    count('SweepItemsLeft', left)
  }
}

type Entry<Of> = { key: Key; subject: Of; work: () => Promise<LongWork | undefined> }

/** Works in parallel while there is time to begin; resolves to how many listed items are left. */
const inLanes = async <Item>(
  lanes: number,
  items: AsyncIterator<Item> | Iterator<Item>,
  work: (item: Item) => Promise<void>,
): Promise<number> => {
  let left = 0
  const lane = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await items.next()
      if (done) return
      if (timeLeft() > itemMs) await work(value)
      else left += 1
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed) throw failed.reason
  return left
}

/** Rejects if the work takes longer; the requests that it waits for are canceled then, too. */
const within = async <Result>(
  limitMs: number,
  timer: Timer,
  work: () => Promise<Result>,
): Promise<Result> => {
  let stop = () => {}
  const late = new Promise<never>((_, reject) => {
    stop = timer(limitMs, () => reject(new TookTooLong(`longer than ${limitMs} ms`)))
  })
  try {
    return await Promise.race([withinMs(limitMs, work), late])
  } finally {
    stop()
  }
}

/** If even this fails, the item stays due, and comes first in the next run. */
const putOff = async (
  due: DueItems,
  key: Key,
  ids: { sweep: string } & Subject,
  now: number,
): Promise<void> => {
  try {
    await due.postpone(key, now)
  } catch (error) {
    log('notPostponed', { ...ids, ...errorFields(error) })
  }
}
