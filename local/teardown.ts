type Step = () => unknown

/**
 * Stops a stack in order. `entrance`: what lets work in, such as a server or a schedule; all of these stop
 * first. `resource`: what the work uses, such as the table. Both stop in reverse order, so that whatever uses
 * another part stops before it.
 */
export const createTeardown = () => {
  const entrances: Step[] = []
  const resources: Step[] = []
  let ending: Promise<void> | undefined
  const end = async (): Promise<void> => {
    for (const step of [...entrances.reverse(), ...resources.reverse()]) await step()
  }
  return {
    entrance: (step: Step): void => void entrances.push(step),
    resource: (step: Step): void => void resources.push(step),
    /** Runs every step once; a second call waits for the first. */
    end: (): Promise<void> => {
      ending ??= end()
      return ending
    },
  }
}
export type Teardown = ReturnType<typeof createTeardown>
