import type { Reason } from './filter.ts'

/** Counts what a relay did since the last report. */
export const createTally = () => {
  let [up, down] = [0, 0]
  const dropped = new Map<Reason, number>()
  return {
    passed: (): void => {
      up += 1
    },
    passedDown: (): void => {
      down += 1
    },
    dropped: (reason: Reason): void => {
      dropped.set(reason, (dropped.get(reason) ?? 0) + 1)
    },
    /** The counts as text, and resets them; undefined if there were no messages. */
    report: (): string | undefined => {
      const reasons = [...dropped]
        .sort(([, a], [, b]) => b - a)
        .map(([reason, count]) => `${count} ${reason}`)
      const words = `${up} handed to AWS, ${down} to docks, dropped: ${reasons.join(', ') || 'none'}`
      const isQuiet = up + down + dropped.size === 0
      up = 0
      down = 0
      dropped.clear()
      return isQuiet ? undefined : words
    },
  }
}

export type Tally = ReturnType<typeof createTally>
