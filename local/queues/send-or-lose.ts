import { isStorageFault } from '../state-file.ts'

/**
 * For a service that hands what it gave up to a queue: what the queue refuses is lost, as in AWS, and `tell` hears
 * why. @throws what a full disk says: then it can be done again.
 */
export const sendOrLose = (send: () => void, tell: (why: string) => void): void => {
  try {
    send()
  } catch (error) {
    if (isStorageFault(error)) throw error
    tell(error instanceof Error ? error.message : String(error))
  }
}
