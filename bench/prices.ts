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
  /** A month, with point-in-time recovery. */
  dynamoGbMonth: 0.25 + 0.2,
  /** An event of S3, for which EventBridge has to be asked. */
  eventBridgeEvent: 1.0 / 1e6,
  /** A metric of our own, for each hour in which something is counted. */
  metricHour: 0.3 / 730,
  /** A month, beyond the account's third. */
  dashboard: 3.0,
  /** A month, for each metric that an alarm looks at. */
  alarmMetric: 0.1,
} as const
