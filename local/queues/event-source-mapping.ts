import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { failedMessages } from './batch-response.ts'
import type { Message, Queue } from './queue.ts'

export type MappingSettings = {
  batchSize: number
  /** How long a batch may wait to fill. */
  windowSeconds: number
  /** The most batches in flight at once. */
  maximumConcurrency: number
  /**
   * Whether the function's response names the failed messages; otherwise only a thrown error fails them, and
   * then all.
   */
  reportBatchItemFailures: boolean
}

type Needs = {
  queue: Queue
  invoke: (event: unknown) => Promise<unknown>
  clock: Clock
  region: string
  /**
   * Shortens the wait before failed messages are redelivered; AWS waits for the queue's visibility timeout.
   */
  redeliverAfterSeconds?: number | undefined
}

/** Lambda's payload limit of 6 MB ends a batch; the envelopes take some of it. */
const maximumBatchBytes = 5_500_000

const retryAfterMs = 1_000

/** One record of the event, as in https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
const record = (message: Message, { settings }: Queue, awsRegion: string) => ({
  messageId: message.messageId,
  receiptHandle: message.receiptHandle,
  body: message.body,
  attributes: {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAt),
    SenderId: 'AIDALOCALSENDER',
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
  },
  messageAttributes: {},
  md5OfBody: createHash('md5').update(message.body).digest('hex'),
  eventSource: 'aws:sqs',
  eventSourceARN: settings.arn,
  awsRegion,
})

/**
 * Invokes a function with a queue's messages as Lambda does: in batches, deleted when the function is done.
 * Failed messages come back after the queue's visibility timeout, until the queue moves them to its
 * dead-letter queue.
 */
export const startMapping = (settings: MappingSettings, needs: Needs) => {
  const { queue, clock } = needs
  let underWay = 0
  let stopped = false
  let cancelWindow: (() => void) | undefined
  let cancelRetry: (() => void) | undefined
  let onRest: (() => void)[] = []

  const putBack = (messages: readonly Message[]): void => {
    if (needs.redeliverAfterSeconds === undefined) return
    for (const { receiptHandle } of messages)
      queue.changeVisibility(receiptHandle, needs.redeliverAfterSeconds)
  }

  const deliver = async (messages: readonly Message[]): Promise<void> => {
    const event = { Records: messages.map((message) => record(message, queue, needs.region)) }
    const ids = new Set(messages.map((message) => message.messageId))
    const failed = await needs.invoke(event).then(
      (response) => (settings.reportBatchItemFailures ? failedMessages(response, ids) : new Set<string>()),
      () => 'all' as const,
    )
    if (stopped) return
    const hasFailed = (message: Message): boolean => failed === 'all' || failed.has(message.messageId)
    for (const message of messages) if (!hasFailed(message)) queue.delete(message.receiptHandle)
    putBack(messages.filter(hasFailed))
  }

  /**
   * Retries what a full disk kept from being received or deleted: Lambda's pollers survive a fault of SQS.
   */
  const retryLater = (error: unknown): void => {
    console.error(`The queue ${queue.settings.name} could not be read or written`, error)
    cancelRetry ??= clock.after(retryAfterMs, () => {
      cancelRetry = undefined
      pump(onRest.length > 0)
    })
  }
  const receive = (): readonly Message[] => {
    try {
      return queue.receive(settings.batchSize, maximumBatchBytes)
    } catch (error) {
      retryLater(error)
      return []
    }
  }

  const atRest = (): boolean => stopped || (underWay === 0 && queue.visible() === 0)

  const pump = (windowIsOver: boolean): void => {
    while (!stopped && underWay < settings.maximumConcurrency) {
      const waiting = queue.visible()
      if (waiting === 0) break
      if (waiting < settings.batchSize && !windowIsOver && settings.windowSeconds > 0) {
        cancelWindow ??= clock.after(settings.windowSeconds * 1000, closeWindow)
        return
      }
      const messages = receive()
      if (messages.length === 0) break
      underWay++
      void deliver(messages)
        .catch(retryLater)
        .finally(() => {
          underWay--
          pump(onRest.length > 0)
        })
    }
    if (atRest()) for (const rest of onRest.splice(0)) rest()
  }
  const closeWindow = (): void => {
    cancelWindow?.()
    cancelWindow = undefined
    pump(true)
  }

  let pumping = false
  // One turn later, so that messages sent or returned together form one batch.
  queue.onVisible(() => {
    if (pumping) return
    pumping = true
    setImmediate(() => {
      pumping = false
      pump(onRest.length > 0)
    })
  })
  return {
    atRest,
    /** Resolves when nothing is visible or in flight; does not wait for windows or hidden messages. */
    rest: (): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>()
      onRest.push(resolve)
      closeWindow()
      return promise
    },
    /** Stops reading; messages in flight come back after their visibility timeout. */
    stop: (): void => {
      stopped = true
      cancelWindow?.()
      cancelRetry?.()
      for (const rest of onRest) rest()
      onRest = []
    },
  }
}
export type Mapping = ReturnType<typeof startMapping>
