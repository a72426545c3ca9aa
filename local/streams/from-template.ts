import * as z from 'zod'
import { declared, Flag, Ignored, Num, type Resources } from '../declared.ts'
import { isStreamArn } from '../template/stream-arn.ts'
import type { StreamMappingSettings } from './stream-mapping.ts'

const MappingProperties = z.strictObject({
  BatchSize: Num.default(100),
  BisectBatchOnFunctionError: Flag.default(false),
  DestinationConfig: z.strictObject({ OnFailure: z.strictObject({ Destination: z.string() }) }).optional(),
  Enabled: Flag.default(true),
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  MaximumBatchingWindowInSeconds: Num.default(0),
  MaximumRecordAgeInSeconds: Num.default(-1),
  MaximumRetryAttempts: Num.default(-1),
  ParallelizationFactor: Num.pipe(z.literal(1)).default(1),
  StartingPosition: z.literal('TRIM_HORIZON'),
  Tags: Ignored,
})

/**
 * The enabled event source mappings of streams, with the defaults of
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html; `functionName` is a name or an ARN.
 */
export const readStreamMappings = (resources: Resources) => {
  const ofStreams = [...resources].filter(
    ([, { type, properties }]) =>
      type === 'AWS::Lambda::EventSourceMapping' && isStreamArn(properties.EventSourceArn),
  )
  return declared(new Map(ofStreams), 'AWS::Lambda::EventSourceMapping', MappingProperties)
    .filter(({ properties }) => properties.Enabled)
    .map(({ logicalId, physicalId, properties: p }) => ({
      logicalId,
      name: physicalId,
      streamArn: p.EventSourceArn,
      functionName: p.FunctionName,
      destinationArn: p.DestinationConfig?.OnFailure.Destination,
      settings: {
        batchSize: p.BatchSize,
        windowSeconds: p.MaximumBatchingWindowInSeconds,
        maximumAgeSeconds: p.MaximumRecordAgeInSeconds < 0 ? undefined : p.MaximumRecordAgeInSeconds,
        retries: p.MaximumRetryAttempts < 0 ? undefined : p.MaximumRetryAttempts,
        bisects: p.BisectBatchOnFunctionError,
        reportsFailures: p.FunctionResponseTypes.length > 0,
      } satisfies StreamMappingSettings,
    }))
}
