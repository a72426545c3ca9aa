import { isStorageFault } from '../state-file.ts'

/**
 * Dead-letters a message for a service. If the queue refuses it, the message is lost, as in AWS, and `warn`
 * gets the reason. @throws a storage error, such as a full disk: then it can be repeated.
 */
export const sendOrLose = (send: () => void, warn: (why: string) => void): void => {
  try {
    send()
  } catch (error) {
    if (isStorageFault(error)) throw error
    warn(error instanceof Error ? error.message : String(error))
  }
}
