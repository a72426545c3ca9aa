import fc from 'fast-check'
import type { Connection } from '../../../lambdas/presence/registers.ts'

/** Epoch ms. */
export const began = 1_800_000_000_000
export const seconds = (n: number): number => began + n * 1000

export type LifecycleEvent = { kind: 'connected' | 'disconnected' } & Connection

/**
 * What IoT Core tells of a client that connects again and again: each connection's two events have one
 * version, which grows, begins at 0 after an hour's absence, and may skip; times are right to two minutes.
 * The last of them is the newest in truth.
 */
export const histories = fc
  .array(
    fc.record({
      awayMs: fc.oneof(
        fc.integer({ min: 0, max: 3_000_000 }),
        fc.integer({ min: 4_000_000, max: 90_000_000 }),
      ),
      stayedMs: fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 90_000_000 })),
      skipped: fc.integer({ min: 1, max: 3 }),
      off: fc.tuple(fc.integer({ min: -120_000, max: 120_000 }), fc.integer({ min: -120_000, max: 120_000 })),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .chain((stays) =>
    fc.boolean().map((stillThere) => {
      let time = began
      let version = 0
      const events: LifecycleEvent[] = []
      for (const { awayMs, stayedMs, skipped, off } of stays) {
        time += awayMs
        version = awayMs >= 3_600_000 ? 0 : version + skipped
        events.push({ kind: 'connected', version, at: time + off[0], heardAt: time })
        time += stayedMs
        events.push({ kind: 'disconnected', version, at: time + off[1], heardAt: time })
      }
      return { events: stillThere ? events.slice(0, -1) : events, stillThere, end: time + 3_600_000 }
    }),
  )

/** The same in any order, some of it twice. */
export const anyOrder = <T>(all: readonly T[]): fc.Arbitrary<T[]> =>
  fc
    .tuple(
      fc.shuffledSubarray([...all], { minLength: all.length, maxLength: all.length }),
      fc.shuffledSubarray([...all]),
    )
    .chain(([once, again]) =>
      fc.shuffledSubarray([...once, ...again], {
        minLength: once.length + again.length,
        maxLength: once.length + again.length,
      }),
    )
