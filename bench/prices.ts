/**
 * List prices of us-east-1 in US dollars, without the free tier, as published in November 2026; see the
 * pricing pages of each service. Prices of other regions differ by up to a quarter.
 */
export const prices = {
  iotMessage: 1.0 / 1e6,
  iotRuleTriggered: 0.15 / 1e6,
  iotRuleAction: 0.15 / 1e6,
  iotConnectionMonth: 0.08 * 0.0438,
  sqsRequest: 0.4 / 1e6,
  lambdaRequest: 0.2 / 1e6,
  lambdaGbSecondArm: 0.0000133334,
  dynamoWrite: 0.625 / 1e6,
  dynamoRead: 0.125 / 1e6,
  httpApiRequest: 1.0 / 1e6,
  /** Per month, with point-in-time recovery. */
  dynamoGbMonth: 0.25 + 0.2,
  /** An S3 event, which must be enabled for EventBridge. */
  eventBridgeEvent: 1.0 / 1e6,
  /** A custom metric, for each hour with a value. */
  metricHour: 0.3 / 730,
  /** Per month, from the account's fourth on. */
  dashboard: 3.0,
  /** Per month, for each metric of an alarm. */
  alarmMetric: 0.1,
} as const
