import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs'
import type { Letter } from './letters.ts'

/** A received dead letter: hidden from others until its visibility timeout ends or it is released. */
export type HeldLetter = Letter & { receipt: string }

/** Counts are approximate in AWS. `held`: received by somebody at the moment. */
export type Counts = { waiting: number; held: number }

/** Long enough to go through a whole queue; a killed run leaves its dead letters hidden for this long. */
const holdSeconds = 600

/**
 * A wait makes SQS query all of its servers; without one an answer may be empty although there are messages.
 */
const waitSeconds = 2

/**
 * The operations on SQS queues, by URL. Each call is one request, which the SDK's client retries after a
 * temporary failure.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
 */
export const sqsQueues = (config: SQSClientConfig) => {
  // A queue's URL contains AWS's address; this keeps to the configured endpoint.
  const client = new SQSClient({ ...config, useQueueUrlAsEndpoint: false })
  return {
    list: async (prefix: string): Promise<string[]> => {
      const { QueueUrls = [] } = await client.send(
        new ListQueuesCommand({ QueueNamePrefix: prefix, MaxResults: 1000 }),
      )
      return QueueUrls
    },
    counts: async (url: string): Promise<Counts> => {
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({
          QueueUrl: url,
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      )
      return {
        waiting: Number(Attributes.ApproximateNumberOfMessages ?? 0),
        held: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
      }
    },
    take: async (url: string): Promise<HeldLetter[]> => {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: holdSeconds,
          WaitTimeSeconds: waitSeconds,
          MessageSystemAttributeNames: ['SentTimestamp'],
        }),
      )
      return Messages.map(({ MessageId = '', Body = '', ReceiptHandle = '', Attributes }) => ({
        messageId: MessageId,
        body: Body,
        receipt: ReceiptHandle,
        sentAt: Number(Attributes?.SentTimestamp ?? 0),
      }))
    },
    send: async (url: string, body: string): Promise<void> => {
      await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }))
    },
    remove: async (url: string, { receipt }: HeldLetter): Promise<void> => {
      await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: receipt }))
    },
    giveBack: async (url: string, { receipt }: HeldLetter): Promise<void> => {
      await client.send(
        new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: receipt, VisibilityTimeout: 0 }),
      )
    },
    close: (): void => client.destroy(),
  }
}
export type SqsQueues = ReturnType<typeof sqsQueues>
