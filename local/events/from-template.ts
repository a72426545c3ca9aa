import * as z from 'zod'
import { declared, Ignored, Num, type Resources } from '../declared.ts'
import { defaultBus } from './event-bus.ts'
import { compilePattern } from './pattern.ts'
import { rateMs } from './rate.ts'

const TargetProperties = z.strictObject({
  Arn: z.string(),
  Id: z.string(),
  DeadLetterConfig: z.strictObject({ Arn: z.string() }).optional(),
  // Delivery here succeeds at once or is refused for good, so there are no retries.
  RetryPolicy: z
    .strictObject({ MaximumEventAgeInSeconds: Num.optional(), MaximumRetryAttempts: Num.optional() })
    .optional(),
})
const RuleProperties = z.strictObject({
  EventBusName: z.string().default(defaultBus),
  Name: Ignored,
  Description: Ignored,
  EventPattern: z.unknown().optional(),
  ScheduleExpression: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Targets: z.array(TargetProperties).default([]),
})

/** The enabled rules of all event buses; targets by ARN. */
export const readEventRules = (resources: Resources) =>
  declared(resources, 'AWS::Events::Rule', RuleProperties)
    .filter(({ properties }) => properties.State === 'ENABLED')
    .map(({ logicalId, physicalId, arn, properties: p }) => ({
      logicalId,
      name: physicalId,
      arn,
      // By name or by ARN.
      busName: p.EventBusName.split('/').at(-1) ?? defaultBus,
      matches: p.EventPattern === undefined ? undefined : compilePattern(p.EventPattern, logicalId),
      everyMs: p.ScheduleExpression === undefined ? undefined : rateMs(p.ScheduleExpression),
      targets: p.Targets.map((target) => ({ arn: target.Arn, deadLetterArn: target.DeadLetterConfig?.Arn })),
    }))

const BusProperties = z.strictObject({ Name: Ignored, Description: Ignored, Tags: Ignored })

/** The buses of the template. */
export const readEventBuses = (resources: Resources) =>
  declared(resources, 'AWS::Events::EventBus', BusProperties).map(({ physicalId, arn }) => ({
    name: physicalId,
    arn,
  }))
