import type { Env } from '../env.ts'
import { errorFields } from '../runtime/error-fields.ts'
import { log, type Subject } from '../runtime/log.ts'
import { OwnError } from '../runtime/own-error.ts'
import { count, counting } from '../runtime/telemetry.ts'
import { type Invocation, inTime, timeLeft, withinMs } from '../runtime/time-left.ts'
import type { Key } from '../table/pages.ts'
import type { DueItems } from './due-items.ts'

/** The Lambda handler of what the clock starts; `wire` runs once, at the first start. */
export const onClock = (wire: (env: Env) => () => Promise<void>) => {
  let run: (() => Promise<void>) | undefined
  return async (_event?: unknown, invocation?: Invocation): Promise<void> => {
    run ??= wire(process.env)
    const work = run
    await inTime(invocation, () => counting(work))
  }
}

/** Calls `ring` after that time; the returned function stops it. */
export type Timer = (milliseconds: number, ring: () => void) => () => void

export const systemTimer: Timer = (milliseconds, ring) => {
  const timer = setTimeout(ring, milliseconds)
  return () => clearTimeout(timer)
}

/** What every sweep needs of the world; `timer` is the system's unless a test has one. */
export type ClockNeeds = { due: DueItems; now: () => number; timer?: Timer }

/** What may wait until all that is due has been looked at once. */
export type Later = () => Promise<void>

type Limits = { atOnce: number; ms: number }

export type Sweep<Of extends Subject> = {
  /** Said in log lines. */
  name: string
  /** What a key is about, in the ids of log lines; undefined: it is about nothing of ours. */
  subjectOf: (key: Key) => Of | undefined
  /** Reads the item afresh and does what is quick; returns what may take long. */
  lookAfter: (subject: Of) => Promise<Later | undefined>
  /**
   * How many pieces of what was handed back are done side by side, and the milliseconds that each may take.
   */
  later?: Limits
}

/** Items that are looked after side by side: most of the time each waits for the table or the broker. */
const atOnce = 20

/**
 * Milliseconds that an item has; two requests that hang end within it. No item is begun with less time left.
 */
const itemMs = 10_000

/** Milliseconds that are left for putting off what took too long. */
const postponingMs = 2_000

class TookTooLong extends OwnError {
  override readonly name = 'TookTooLong'
}

/**
 * Looks after all that is due: first the quick work on each item, then what may take long. An item that fails
 * or hangs is put off and keeps no other waiting. What is not reached before the invocation's end stays due;
 * the next run begins with it. Two runs at the same time do no harm as long as `lookAfter` may be repeated.
 * @throws the listing's error, when all that was listed has been looked after
 */
export const sweepDue = async <Of extends Subject>(
  use: ClockNeeds,
  { name, subjectOf, lookAfter, later: limits = { atOnce, ms: itemMs } }: Sweep<Of>,
): Promise<void> => {
  const { due, now, timer = systemTimer } = use
  const later: Entry<Of>[] = []
  const attend = async ({ key, subject, work }: Entry<Of>, limitMs: number): Promise<void> => {
    try {
      const rest = await within(Math.min(limitMs, timeLeft() - postponingMs), timer, work)
      if (rest) later.push({ key, subject, work: async () => void (await rest()) })
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
      yield { key, subject, work: () => lookAfter(subject) }
    }
  }
  let left = 0
  try {
    left += await inLanes(atOnce, listed(), (entry) => attend(entry, itemMs))
  } finally {
    left += await inLanes(limits.atOnce, later.values(), (entry) => attend(entry, limits.ms))
    if (left > 0) log('sweepCutShort', { sweep: name, left })
    count('SweepItemsLeft', left)
  }
}

type Entry<Of> = { key: Key; subject: Of; work: () => Promise<Later | undefined> }

/**
 * Does the work side by side while there is time to begin; resolves to how many of those that were listed are
 * left.
 */
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

/** Ends with an error when the work takes longer; what it waits for ends then, too. */
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

/** Where even this fails, the item stays due and comes first next time. */
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
