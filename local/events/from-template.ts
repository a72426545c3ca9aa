import * as z from 'zod'
import { declared, Ignored, Num, type Resources } from '../declared.ts'
import { compilePattern } from './pattern.ts'
import { rateMs } from './rate.ts'

const TargetProperties = z.strictObject({
  Arn: z.string(),
  Id: z.string(),
  DeadLetterConfig: z.strictObject({ Arn: z.string() }).optional(),
  // Delivery here succeeds at once or is refused for good, so there is nothing to retry.
  RetryPolicy: z
    .strictObject({ MaximumEventAgeInSeconds: Num.optional(), MaximumRetryAttempts: Num.optional() })
    .optional(),
})
const RuleProperties = z.strictObject({
  Name: Ignored,
  Description: Ignored,
  EventPattern: z.unknown().optional(),
  ScheduleExpression: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Targets: z.array(TargetProperties).default([]),
})

/** The enabled rules of the default event bus; targets by ARN. */
export const readEventRules = (resources: Resources) =>
  declared(resources, 'AWS::Events::Rule', RuleProperties)
    .filter(({ properties }) => properties.State === 'ENABLED')
    .map(({ logicalId, physicalId, arn, properties: p }) => ({
      logicalId,
      name: physicalId,
      arn,
      matches: p.EventPattern === undefined ? undefined : compilePattern(p.EventPattern, logicalId),
      everyMs: p.ScheduleExpression === undefined ? undefined : rateMs(p.ScheduleExpression),
      targets: p.Targets.map((target) => ({ arn: target.Arn, deadLetterArn: target.DeadLetterConfig?.Arn })),
    }))
