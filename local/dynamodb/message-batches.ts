/**
 * Sends all messages of one turn of the event loop together: waking the other thread costs more than most
 * messages do.
 */
export const inBatches = <Message>(send: (messages: Message[]) => void): ((message: Message) => void) => {
  let gathered: Message[] = []
  const flush = (): void => {
    const messages = gathered
    gathered = []
    send(messages)
  }
  return (message) => {
    if (gathered.push(message) === 1) setImmediate(flush)
  }
}
