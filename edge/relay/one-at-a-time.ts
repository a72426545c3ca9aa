/** Runs the work, and once more if it was requested meanwhile; never concurrently. */
export const oneAtATime = (work: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> | undefined
  let isRequestedAgain = false
  const run = async (): Promise<void> => {
    do {
      isRequestedAgain = false
      await work()
    } while (isRequestedAgain)
  }
  return () => {
    isRequestedAgain = true
    running ??= run().finally(() => {
      running = undefined
    })
    return running
  }
}
