import { Duration } from 'aws-cdk-lib'
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { table } from '../../lambdas/table/schema.ts'
import type { Api } from '../api/api.ts'
import type { ClockRule } from '../background/upkeep.ts'
import type { BackendFunction } from '../functions/backend-function.ts'
import type { QueueConsumer } from '../functions/queue-consumer.ts'
import type { TopicRule } from '../functions/topic-rule.ts'
import type { Store } from '../storage/store.ts'

/** CloudWatch metrics of the stack's resources, which AWS publishes free of charge. */

/** The period of all metrics. */
export const period = Duration.minutes(5)

/**
 * Combines several metrics, any of which may have no data: a queue that was empty for hours, a table without
 * throttling. A missing value counts as 0; otherwise alarms on DynamoDB's metrics would keep their state.
 * `asTheyAre` leaves missing values missing.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
const combined = (
  by: 'SUM' | 'MAX',
  label: string,
  metrics: readonly IMetric[],
  { asTheyAre = false } = {},
): MathExpression => {
  const named = metrics.map((metric, n) => [`m${n}`, metric] as const)
  return new MathExpression({
    expression: `${by}([${named.map(([id]) => (asTheyAre ? id : `FILL(${id}, 0)`)).join(', ')}])`,
    usingMetrics: Object.fromEntries(named),
    label,
    period,
  })
}

export const deadLettersOf = (consumers: readonly QueueConsumer[]): MathExpression =>
  combined(
    'SUM',
    'Messages',
    consumers.map(({ deadLetters }) =>
      deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period }),
    ),
  )

export const oldestOf = (consumers: readonly QueueConsumer[]): MathExpression =>
  combined(
    'MAX',
    'Seconds',
    consumers.map(({ queue }) => queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period })),
  )

export const errorsOf = (functions: readonly BackendFunction[]): MathExpression =>
  combined(
    'SUM',
    'Errors',
    functions.map(({ lambda }) => lambda.metricErrors({ period })),
  )

/** Invocations that its caller got no answer to. */
export const failuresOf = ({ lambda }: BackendFunction): MathExpression =>
  combined('SUM', 'Failures', [lambda.metricErrors({ period }), lambda.metricThrottles({ period })])

/**
 * How often the rules started their targets: each target counts, whether it started or failed. Failed starts
 * are in the failure queue. Missing values stay missing, so that the time before the first deployment does
 * not count as missing starts.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
 */
export const startsBy = (rules: readonly ClockRule[]): MathExpression =>
  combined(
    'SUM',
    'Starts',
    rules.map(
      ({ ruleName: RuleName }) =>
        new Metric({
          namespace: 'AWS/Events',
          metricName: 'Invocations',
          dimensionsMap: { RuleName },
          statistic: 'Sum',
          period,
        }),
    ),
    { asTheyAre: true },
  )

/**
 * The age of the table's changes when the function gets them, in milliseconds, including retries. There is no
 * data while nothing changes.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
export const ageOfChanges = ({ lambda }: BackendFunction): IMetric =>
  lambda.metric('IteratorAge', { statistic: 'Maximum', period })

/**
 * Covers all functions in the account and region: they share the account's limit, so that another function's
 * load can stop ours.
 */
export const throttledFunctions = new Metric({
  namespace: 'AWS/Lambda',
  metricName: 'Throttles',
  statistic: 'Sum',
  period,
})

/**
 * Messages that a rule could not parse, and messages that IoT Core dropped before a rule saw them. Earlier
 * editions of the Developer Guide call the latter `RuleMessageThrottled`.
 * https://docs.aws.amazon.com/iot/latest/developerguide/metrics_dimensions.html#rulemetrics
 */
export const ruleErrorsOf = (rules: readonly TopicRule[]): MathExpression =>
  combined(
    'SUM',
    'Messages',
    ['ParseError', 'RuleExecutionThrottled'].flatMap((metricName) =>
      rules.map(
        ({ ruleName: RuleName }) =>
          new Metric({
            namespace: 'AWS/IoT',
            metricName,
            dimensionsMap: { RuleName },
            statistic: 'Sum',
            period,
          }),
      ),
    ),
  )

/**
 * Messages of one rule that neither its queue nor the failure queue accepted. It is a query, because the
 * metric has the action's type as a second dimension, whose values AWS does not document. It covers one rule,
 * because the query language has no `OR`, and an alarm evaluates one query.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-limits.html
 */
export const lostMessagesOf = ({ ruleName }: TopicRule): MathExpression =>
  new MathExpression({
    expression: `SELECT SUM(ErrorActionFailure) FROM "AWS/IoT" WHERE RuleName = '${ruleName}'`,
    label: 'Messages',
    period,
  })

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html */
export const ofApi = (
  { apiId: ApiId }: Api,
  metricName: '5xx' | 'Latency' | 'Count',
  statistic: string,
): Metric =>
  new Metric({ namespace: 'AWS/ApiGateway', metricName, dimensionsMap: { ApiId }, statistic, period })

/** Each index has a metric of its own, and a throttled index stops the table's writes. */
export const throttledWritesOf = ({ tableName: TableName }: Store): MathExpression =>
  combined(
    'SUM',
    'Writes',
    [{}, ...Object.values(table.indexes).map(({ name }) => ({ GlobalSecondaryIndexName: name }))].map(
      (index) =>
        new Metric({
          namespace: 'AWS/DynamoDB',
          metricName: 'WriteThrottleEvents',
          dimensionsMap: { TableName, ...index },
          statistic: 'Sum',
          period,
        }),
    ),
  )

/** A counter from `lambdas/runtime/telemetry.ts`. */
export const counted = (metricName: string, dimensions: Record<string, string> = {}): Metric =>
  new Metric({
    namespace: 'Groundcrew',
    metricName,
    dimensionsMap: { service: 'groundcrew', ...dimensions },
    statistic: 'Sum',
    period,
  })
