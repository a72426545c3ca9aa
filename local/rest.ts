/** Something that works on its own and can say whether it is idle. */
export type Working = { atRest: () => boolean; rest: () => Promise<void> }

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * Resolves when all of them are idle at once: work that one hands to another keeps it going. Work that only
 * time will restart (a hidden message, a retry that is due later) does not count.
 */
export const untilAtRest = async (working: readonly Working[]): Promise<void> => {
  do {
    await Promise.all(working.map((one) => one.rest()))
    await turn()
  } while (!working.every((one) => one.atRest()))
}
