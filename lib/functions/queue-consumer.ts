import { Duration, Validations } from 'aws-cdk-lib'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { QueueTrigger } from '../../lambdas/triggers.ts'
import { BackendFunction } from './backend-function.ts'
import { failureQueue } from './failure-queue.ts'

export type QueueConsumerProps = {
  readonly trigger: QueueTrigger
  readonly description: string
}

const timeout = Duration.seconds(30)

/**
 * A queue and the function that reads it. Throttling loses nothing: messages wait in the queue. A message
 * that failed five times goes to the dead-letter queue for 14 days, without affecting the rest of its batch.
 *
 * A message stays invisible for six times the function's timeout plus the batching window, so that Lambda's
 * retries of a throttled batch end before the queue delivers it again.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export class QueueConsumer extends Construct {
  readonly function: BackendFunction
  readonly queue: Queue
  readonly deadLetters: Queue

  constructor(scope: Construct, id: string, { trigger, description }: QueueConsumerProps) {
    super(scope, id)
    const window = Duration.seconds(trigger.windowSeconds)
    this.function = new BackendFunction(this, trigger.function, {
      file: `ingest/${trigger.function}`,
      description,
      timeout,
    })
    this.deadLetters = failureQueue(this, 'DeadLetters')
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(4),
      visibilityTimeout: Duration.seconds(6 * timeout.toSeconds()).plus(window),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
    })
    this.function.lambda.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: trigger.batchSize,
        maxBatchingWindow: window,
        ...(trigger.maximumConcurrency ? { maxConcurrency: trigger.maximumConcurrency } : {}),
        reportBatchItemFailures: true,
      }),
    )
    Validations.of(this).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason: 'Queues have no such destination: the redrive policy keeps what failed.',
    })
  }
}
