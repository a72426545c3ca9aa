import * as z from 'zod'
import { declared, Flag, Ignored, Num, type Resources } from '../declared.ts'
import { requirePolicy } from '../iam/policy.ts'
import { localAccountId } from '../template/read-template.ts'
import { isStreamArn } from '../template/stream-arn.ts'
import type { MappingSettings } from './event-source-mapping.ts'
import type { QueueSettings } from './queue.ts'

const QueueProperties = z.strictObject({
  QueueName: Ignored,
  VisibilityTimeout: Num.default(30),
  DelaySeconds: Num.default(0),
  MessageRetentionPeriod: Num.default(345_600),
  MaximumMessageSize: Num.default(1_048_576),
  RedrivePolicy: z.strictObject({ deadLetterTargetArn: z.string(), maxReceiveCount: Num }).optional(),
  SqsManagedSseEnabled: Ignored,
  Tags: Ignored,
})

/**
 * The queues, with the defaults of
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
 */
export const readQueues = (resources: Resources, region: string): QueueSettings[] =>
  declared(resources, 'AWS::SQS::Queue', QueueProperties).map(({ physicalId, arn, properties: p }) => ({
    name: physicalId,
    arn,
    url: `https://sqs.${region}.amazonaws.com/${localAccountId}/${physicalId}`,
    visibilitySeconds: p.VisibilityTimeout,
    delaySeconds: p.DelaySeconds,
    retentionSeconds: p.MessageRetentionPeriod,
    maximumBytes: p.MaximumMessageSize,
    ...(p.RedrivePolicy
      ? {
          redrive: {
            arn: p.RedrivePolicy.deadLetterTargetArn,
            maxReceiveCount: p.RedrivePolicy.maxReceiveCount,
          },
        }
      : {}),
  }))

const QueuePolicyProperties = z.strictObject({ PolicyDocument: z.unknown(), Queues: z.array(z.string()) })

/** The policies of queues, by the queue's URL. */
export const readQueuePolicies = (resources: Resources) =>
  new Map(
    declared(resources, 'AWS::SQS::QueuePolicy', QueuePolicyProperties).flatMap(({ logicalId, properties }) =>
      properties.Queues.map(
        (url) => [url, requirePolicy(properties.PolicyDocument, 'resource', logicalId)] as const,
      ),
    ),
  )

const MappingProperties = z.strictObject({
  BatchSize: Num.default(10),
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  MaximumBatchingWindowInSeconds: Num.default(0),
  ScalingConfig: z.strictObject({ MaximumConcurrency: Num }).optional(),
  Enabled: Flag.default(true),
  Tags: Ignored,
})

/**
 * Lambda starts with 5 concurrent batches;
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
const usualConcurrency = 5

/** Without the mappings of streams. */
const ofQueues = (resources: Resources): Resources =>
  new Map(
    [...resources].filter(
      ([, { type, properties }]) =>
        type !== 'AWS::Lambda::EventSourceMapping' || !isStreamArn(properties.EventSourceArn),
    ),
  )

/** The enabled event source mappings of queues; `functionName` is a name or an ARN. */
export const readMappings = (resources: Resources) =>
  declared(ofQueues(resources), 'AWS::Lambda::EventSourceMapping', MappingProperties)
    .filter(({ properties }) => properties.Enabled)
    .map(({ logicalId, properties: p }) => ({
      logicalId,
      queueArn: p.EventSourceArn,
      functionName: p.FunctionName,
      settings: {
        batchSize: p.BatchSize,
        windowSeconds: p.MaximumBatchingWindowInSeconds,
        maximumConcurrency: p.ScalingConfig?.MaximumConcurrency ?? usualConcurrency,
        reportBatchItemFailures: p.FunctionResponseTypes.length > 0,
      } satisfies MappingSettings,
    }))
