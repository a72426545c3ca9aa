/**
 * Sends what one turn of the event loop gathers as one message: waking the other thread costs more than most
 * of what is sent.
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
