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

/** A letter that is in our hands: hidden from others until the time is over or it is given back. */
export type HeldLetter = Letter & { receipt: string }

/** Counts are approximate in AWS. `held`: in somebody's hands at the moment. */
export type Counts = { waiting: number; held: number }

/**
 * Long enough for all of a queue to be gone through; a run that is killed leaves its letters hidden for so
 * long.
 */
const holdSeconds = 600

/** A wait makes SQS ask all of its servers; without one an answer may be empty though there are messages. */
const waitSeconds = 2

/**
 * What is done with SQS queues, by URL. Each call is one request, which the SDK's client repeats when it
 * fails for a passing reason.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
 */
export const sqsQueues = (config: SQSClientConfig) => {
  // A queue's URL names AWS's address; this keeps to the endpoint that is configured.
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
