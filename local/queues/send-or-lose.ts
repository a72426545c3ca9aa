import { isStorageFault } from '../state-file.ts'

/**
 * Dead-letters a message for a service. If the queue refuses it, the message is lost, as in AWS, and `tell`
 * gets the reason. @throws a storage error, such as a full disk: then it can be repeated.
 */
export const sendOrLose = (send: () => void, tell: (why: string) => void): void => {
  try {
    send()
  } catch (error) {
    if (isStorageFault(error)) throw error
    tell(error instanceof Error ? error.message : String(error))
  }
}
