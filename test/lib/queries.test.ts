import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as z from 'zod'
import { parseInsights } from '../support/metrics-insights.ts'
import { optionSets, type Stack, stacksOf, textOf } from './stacks.ts'

/** Everything that is asked of CloudWatch, in alarms and on dashboards, for every set of options. */

type Plain = { namespace: string; name: string; dimensions: string[] }
type Asked = { from: string; expressions: string[]; metrics: Plain[] }

const Dimensions = z.array(z.object({ Name: z.string() })).default([])
const Metric = z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions })
const plain = ({ Namespace, MetricName, Dimensions }: z.infer<typeof Metric>): Plain => ({
  namespace: Namespace,
  name: MetricName,
  dimensions: Dimensions.map(({ Name }) => Name).sort(),
})
const Alarm = z.looseObject({
  MetricName: z.string().optional(),
  Metrics: z
    .array(
      z.object({
        Id: z.string(),
        Expression: z.unknown().optional(),
        MetricStat: z.looseObject({ Metric }).optional(),
      }),
    )
    .default([]),
})

const ofAlarm = (from: string, properties: unknown): Asked => {
  const { MetricName, Metrics } = Alarm.parse(properties)
  const alone = MetricName === undefined ? [] : [plain(Metric.parse(properties))]
  return {
    from,
    expressions: Metrics.flatMap(({ Expression }) => (Expression === undefined ? [] : [textOf(Expression)])),
    metrics: [
      ...alone,
      ...Metrics.flatMap(({ MetricStat }) => (MetricStat ? [plain(MetricStat.Metric)] : [])),
    ],
  }
}

const Row = z.array(z.union([z.string(), z.looseObject({ expression: z.string().optional() })]))
const Body = z.object({
  widgets: z.array(
    z.object({
      properties: z.looseObject({ title: z.string().optional(), metrics: z.array(Row).default([]) }),
    }),
  ),
})

/** A row is a namespace, a metric and pairs of dimension and value, or an object with an expression. */
const ofWidget = (from: string, rows: z.infer<typeof Row>[]): Asked => ({
  from,
  expressions: rows.flatMap((row) =>
    row.flatMap((part) =>
      typeof part === 'object' && part.expression !== undefined ? [part.expression] : [],
    ),
  ),
  metrics: rows.flatMap((row) => {
    const [namespace, name, ...pairs] = row.filter((part) => typeof part === 'string')
    if (namespace === undefined || name === undefined) return []
    return [{ namespace, name, dimensions: pairs.filter((_, n) => n % 2 === 0).sort() }]
  }),
})

const askedBy = ({ Resources }: Stack): Asked[] =>
  Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
    if (Type === 'AWS::CloudWatch::Alarm') return [ofAlarm(id, Properties)]
    if (Type !== 'AWS::CloudWatch::Dashboard') return []
    const { widgets } = Body.parse(JSON.parse(textOf(Properties.DashboardBody)))
    return widgets.map(({ properties }) => ofWidget(`dashboard: ${properties.title}`, properties.metrics))
  })

const isQuery = (expression: string): boolean => /^\s*select\b/i.test(expression)

/**
 * What we use of metric math.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
const math = /^(SUM|MAX)\(\[(FILL\(m\d+, 0\)|m\d+)(, (FILL\(m\d+, 0\)|m\d+))*\]\)$/
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html */
const search = /^SEARCH\('\{\w+(,\w+)*\} MetricName="\w+"', '(Sum|Maximum|p\d+)', \d+\)$/

/**
 * The metrics that AWS documents, each with its dimensions: a metric that does not exist never raises an
 * alarm.
 * https://docs.aws.amazon.com/iot/latest/developerguide/metrics_dimensions.html
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
 */
const documented: Record<string, Record<string, string[][]>> = {
  'AWS/IoT': {
    ParseError: [['RuleName']],
    RuleExecutionThrottled: [['RuleName']],
    RuleNotFound: [['RuleName']],
    TopicMatch: [['RuleName']],
    Failure: [['ActionType', 'RuleName']],
    ErrorActionFailure: [['ActionType', 'RuleName']],
  },
  'AWS/Lambda': {
    Errors: [[], ['FunctionName']],
    Invocations: [[], ['FunctionName']],
    IteratorAge: [['FunctionName']],
    Throttles: [[], ['FunctionName']],
  },
  'AWS/Events': { Invocations: [['RuleName']] },
  'AWS/SQS': {
    ApproximateAgeOfOldestMessage: [['QueueName']],
    ApproximateNumberOfMessagesVisible: [['QueueName']],
  },
  'AWS/ApiGateway': { '5xx': [['ApiId']], Latency: [['ApiId']], Count: [['ApiId']] },
  'AWS/DynamoDB': { WriteThrottleEvents: [['TableName'], ['GlobalSecondaryIndexName', 'TableName']] },
}
const dimensionsOf = (namespace: string, name: string): string[][] => {
  const found = documented[namespace]?.[name]
  assert.ok(found, `${namespace} ${name} is not documented`)
  return found
}

for (const [name, context] of Object.entries(optionSets))
  suite(`What is asked of CloudWatch, with ${name}`, () => {
    const asked = stacksOf(context).flatMap(askedBy)

    test('is written in the documented languages', () => {
      for (const { from, expressions } of asked)
        for (const expression of expressions) {
          if (isQuery(expression)) parseInsights(expression)
          else if (from.startsWith('dashboard'))
            assert.match(expression, new RegExp(`${math.source}|${search.source}`))
          // An alarm takes no search.
          else assert.match(expression, math, from)
        }
    })

    test('is one query at most, alone, wherever it is one', () => {
      for (const { from, expressions, metrics } of asked)
        if (expressions.some(isQuery)) assert.deepEqual([expressions.length, metrics.length], [1, 0], from)
    })

    test('are metrics that AWS documents, by the dimensions that they have', () => {
      for (const { from, expressions, metrics } of asked) {
        for (const { namespace, name: metric, dimensions } of metrics.filter(
          (one) => one.namespace !== 'Groundcrew',
        ))
          assert.ok(
            dimensionsOf(namespace, metric).some((known) => known.join() === dimensions.join()),
            `${from}: ${metric} by ${dimensions}`,
          )
        for (const query of expressions.filter(isQuery).map(parseInsights)) {
          const known = dimensionsOf(query.namespace, query.metric).flat()
          for (const { key } of query.where) assert.ok(known.includes(key), `${from}: ${key}`)
        }
      }
    })
  })

suite('The grammar of Metrics Insights', () => {
  const taken = [
    'SELECT AVG(CPUUtilization) FROM "AWS/EC2"',
    'select max(Errors) from SCHEMA("AWS/Lambda", FunctionName) where FunctionName != \'a\' group by FunctionName',
    `SELECT SUM("a b") FROM SCHEMA("AWS/IoT", RuleName) WHERE RuleName = 'a' AND "Action Type" = 'b' GROUP BY RuleName, "Action Type" ORDER BY MAX() DESC LIMIT 500`,
  ]
  for (const query of taken) test(`takes ${query}`, () => void parseInsights(query))

  const refused = [
    'SUM(m0)',
    'SELECT MEDIAN(a) FROM b',
    'SELECT SUM(a) FROM AWS/IoT',
    "SELECT SUM(a) FROM b WHERE c = 'd' OR c = 'e'",
    "SELECT SUM(a) FROM b WHERE c LIKE 'd'",
    "SELECT SUM(a) FROM b WHERE (c = 'd')",
    "SELECT SUM(a) FROM b WHERE c IN ('d')",
    'SELECT SUM(a) FROM b WHERE c = "d"',
    'SELECT SUM(a) FROM b WHERE c = 5',
    'SELECT SUM(a), MAX(a) FROM b',
    'SELECT SUM(a) FROM b LIMIT 501',
    'SELECT SUM(a) FROM b ORDER BY SUM(a)',
    'SELECT SUM(a) FROM b; DROP',
  ]
  for (const query of refused)
    test(`refuses ${query}`, () => assert.throws(() => parseInsights(query), /expected/))
})
