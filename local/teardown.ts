type Step = () => unknown

/**
 * Ends a stack: first the doors, which let work in, then the rooms behind them; each in reverse order, so
 * that users of a part end before it.
 */
export const createTeardown = () => {
  const doors: Step[] = []
  const rooms: Step[] = []
  let ending: Promise<void> | undefined
  const end = async (): Promise<void> => {
    for (const step of [...doors.reverse(), ...rooms.reverse()]) await step()
  }
  return {
    door: (step: Step): void => void doors.push(step),
    room: (step: Step): void => void rooms.push(step),
    /** Runs every step once; a repeat waits for the same end. */
    end: (): Promise<void> => {
      ending ??= end()
      return ending
    },
  }
}
export type Teardown = ReturnType<typeof createTeardown>
