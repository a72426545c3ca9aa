import { createHash } from 'node:crypto'
import * as z from 'zod'
import type { Queue } from './queue.ts'
import type { QueueAccess } from './queue-access.ts'

/** An error with SQS's code. `queryError` is the code for clients of the older query protocol. */
export class SqsError extends Error {
  readonly code: string
  readonly status: number
  readonly queryError: string
  constructor(code: string, message: string, { status = 400, queryError = code } = {}) {
    super(message)
    this.code = code
    this.status = status
    this.queryError = queryError
  }
}

const invalid = (message: string): SqsError => new SqsError('InvalidParameterValue', message)

const noSuchQueue = (): SqsError =>
  new SqsError('QueueDoesNotExist', 'The specified queue does not exist.', {
    queryError: 'AWS.SimpleQueueService.NonExistentQueue',
  })

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

/** The attributes of a queue; the counts are exact here, and approximate in AWS. */
const attributesOf = ({ settings, visible, peek }: Queue): Record<string, string> => ({
  QueueArn: settings.arn,
  VisibilityTimeout: String(settings.visibilitySeconds),
  DelaySeconds: String(settings.delaySeconds),
  MessageRetentionPeriod: String(settings.retentionSeconds),
  MaximumMessageSize: String(settings.maximumBytes),
  ApproximateNumberOfMessages: String(visible()),
  ApproximateNumberOfMessagesNotVisible: String(peek().length - visible()),
  ...(settings.redrive
    ? {
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: settings.redrive.arn,
          maxReceiveCount: settings.redrive.maxReceiveCount,
        }),
      }
    : {}),
})

const chosen = (all: Record<string, string>, names: readonly string[]): Record<string, string> =>
  names.includes('All')
    ? all
    : Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)))

const OnQueue = z.looseObject({ QueueUrl: z.string() })

/** An operation on one queue: its parameters besides the queue's URL, and its implementation. */
const onQueue = <Shape extends z.ZodRawShape>(
  shape: Shape,
  run: (queue: Queue, input: z.infer<z.ZodObject<Shape>>) => object,
) => {
  // Strict, so that no parameter is silently ignored.
  const Parameters = z.strictObject(shape)
  return (input: unknown): { url: string; run: (queue: Queue) => object } => {
    const { QueueUrl, ...rest } = OnQueue.parse(input)
    const parsed = Parameters.parse(rest)
    return { url: QueueUrl, run: (queue) => run(queue, parsed) }
  }
}

const Names = z.array(z.string()).default([])

const queueOperations = {
  GetQueueAttributes: onQueue({ AttributeNames: Names }, (queue, { AttributeNames }) => ({
    Attributes: chosen(attributesOf(queue), AttributeNames),
  })),

  /** Answers at once with the available messages: `WaitTimeSeconds` is the longest wait, not the shortest. */
  ReceiveMessage: onQueue(
    {
      MaxNumberOfMessages: z.number().int().min(1).max(10).default(1),
      VisibilityTimeout: z.number().int().min(0).max(43_200).optional(),
      WaitTimeSeconds: z.number().int().min(0).max(20).optional(),
      AttributeNames: Names,
      MessageSystemAttributeNames: Names,
    },
    (queue, { MaxNumberOfMessages, VisibilityTimeout, AttributeNames, MessageSystemAttributeNames }) => {
      const received = queue.receive(MaxNumberOfMessages)
      if (VisibilityTimeout !== undefined)
        for (const { receiptHandle } of received) queue.changeVisibility(receiptHandle, VisibilityTimeout)
      const names = [...AttributeNames, ...MessageSystemAttributeNames]
      return {
        Messages: received.map((message) => ({
          MessageId: message.messageId,
          ReceiptHandle: message.receiptHandle,
          MD5OfBody: md5(message.body),
          Body: message.body,
          Attributes: chosen(
            {
              SentTimestamp: String(message.sentAt),
              ApproximateReceiveCount: String(message.receiveCount),
              ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
            },
            names,
          ),
        })),
      }
    },
  ),

  SendMessage: onQueue({ MessageBody: z.string().min(1) }, (queue, { MessageBody }) => {
    if (Buffer.byteLength(MessageBody) > queue.settings.maximumBytes)
      throw invalid('One or more parameters are invalid. The message is too long.')
    return { MessageId: queue.send(MessageBody), MD5OfMessageBody: md5(MessageBody) }
  }),

  DeleteMessage: onQueue({ ReceiptHandle: z.string() }, (queue, { ReceiptHandle }) => {
    queue.delete(ReceiptHandle)
    return {}
  }),

  ChangeMessageVisibility: onQueue(
    { ReceiptHandle: z.string(), VisibilityTimeout: z.number().int().min(0).max(43_200) },
    (queue, { ReceiptHandle, VisibilityTimeout }) => {
      queue.changeVisibility(ReceiptHandle, VisibilityTimeout)
      return {}
    },
  ),

  PurgeQueue: onQueue({}, (queue) => {
    queue.purge()
    return {}
  }),
} as const

const ListQueues = z.strictObject({
  QueueNamePrefix: z.string().default(''),
  MaxResults: z.number().int().min(1).max(1000).optional(),
})
const GetQueueUrl = z.strictObject({ QueueName: z.string() })

type Caller = {
  queues: QueueAccess
  /** Checks the caller's permission; throws if it is missing. `undefined`: no specific queue. */
  permit: (action: string, queue: Queue | undefined) => void
}

const found = ({ queues }: Caller, matches: (queue: Queue) => boolean): Queue => {
  const queue = queues.all.find(matches)
  if (!queue) throw noSuchQueue()
  return queue
}

const run = (name: string, input: unknown, caller: Caller): object => {
  const action = `sqs:${name}`
  if (name === 'ListQueues') {
    const { QueueNamePrefix } = ListQueues.parse(input)
    caller.permit(action, undefined)
    const urls = caller.queues.all.filter(({ settings }) => settings.name.startsWith(QueueNamePrefix))
    return { QueueUrls: urls.map(({ settings }) => settings.url) }
  }
  if (name === 'GetQueueUrl') {
    const { QueueName } = GetQueueUrl.parse(input)
    const queue = found(caller, ({ settings }) => settings.name === QueueName)
    caller.permit(action, queue)
    return { QueueUrl: queue.settings.url }
  }
  const operation = Object.entries(queueOperations).find(([known]) => known === name)?.[1]
  if (!operation) throw new SqsError('UnsupportedOperation', `${name} is not emulated by the local runtime.`)
  const { url, run } = operation(input)
  const queue = found(caller, ({ settings }) => settings.url === url)
  caller.permit(action, queue)
  return run(queue)
}

/**
 * Runs one operation of SQS's API: those with which people handle dead letters. As safe to repeat as in AWS:
 * a send sends again, a delete of a missing message does nothing.
 * @throws SqsError with SQS's code.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
 */
export const runSqsOperation = (name: string, input: unknown, caller: Caller): object => {
  try {
    return run(name, input, caller)
  } catch (error) {
    throw error instanceof z.ZodError ? invalid(z.prettifyError(error)) : error
  }
}
