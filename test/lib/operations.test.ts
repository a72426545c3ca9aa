import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import * as z from 'zod'
import { type TopicRuleTrigger, topicRules } from '../../lambdas/triggers.ts'
import { at, backend, template } from './backend.ts'

/** The logical id that a reference leads to, whichever way it is written. */
const Reference = z.union([
  z.object({ Ref: z.string() }).transform(({ Ref }) => Ref),
  z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }).transform((to) => to['Fn::GetAtt'][0]),
])
const Text = z.union([z.string(), Reference])
const Dimensions = z.array(z.object({ Name: z.string(), Value: Text })).default([])
const Metric = z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions })
const Alarm = z
  .looseObject({
    AlarmName: z.string(),
    AlarmDescription: z.string(),
    ComparisonOperator: z.string(),
    TreatMissingData: z.string(),
    Threshold: z.number(),
    AlarmActions: z.array(z.unknown()).default([]),
    OKActions: z.array(z.unknown()).default([]),
    InsufficientDataActions: z.array(z.unknown()).default([]),
    EvaluationPeriods: z.number(),
    Namespace: z.string().optional(),
    MetricName: z.string().optional(),
    Dimensions,
    Metrics: z
      .array(
        z.looseObject({
          Expression: z.unknown().optional(),
          MetricStat: z.looseObject({ Metric }).optional(),
        }),
      )
      .default([]),
  })
  .transform(({ Metrics, ...alarm }) => ({
    ...alarm,
    name: alarm.AlarmName.replace(/^Groundcrew-/, ''),
    /** Its heading in the runbook. */
    entry: alarm.AlarmName.split('-')[1] ?? '',
    metrics: [
      ...Metric.array().parse(alarm.MetricName === undefined ? [] : [alarm]),
      ...Metrics.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : [])),
    ],
    /** Text of a query over metrics that are not named one by one. */
    query: JSON.stringify(
      Metrics.map(({ Expression }) => Expression).filter((one) => typeof one === 'object'),
    ),
  }))

const alarmsOf = (context?: Record<string, unknown>) =>
  Object.values(template(context).Resources)
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .map(({ Properties }) => Alarm.parse(Properties))

const { source, ofType } = backend()
const alarms = alarmsOf()

/** The queues that an alarm watches for messages that wait. */
const watchedForLetters = new Set(
  alarms.flatMap(({ metrics }) =>
    metrics
      .filter(({ MetricName }) => MetricName === 'ApproximateNumberOfMessagesVisible')
      .flatMap(({ Dimensions }) => Dimensions.map(({ Value }) => Value)),
  ),
)

const queueOf = (nameOrArn: unknown): string => {
  const last = String(nameOrArn).split(/[:/]/).at(-1)
  const queue = ofType('AWS::SQS::Queue').find(({ physicalId }) => physicalId === last)
  if (!queue) throw new Error(`${String(nameOrArn)} is no queue of the stack`)
  return queue.logicalId
}

type Edge = { from: string; failures: unknown }

/** Every place where something is handed on that nobody waits for, and where it goes when that fails. */
const edges = (): Edge[] => {
  const eventTargets = ofType('AWS::Events::Rule').flatMap(({ logicalId, properties }) =>
    z
      .array(z.looseObject({ Arn: z.string() }))
      .parse(properties.Targets)
      .map((target) => ({
        from: logicalId,
        to: target.Arn,
        failures: at(target, 'DeadLetterConfig', 'Arn'),
      })),
  )
  const startedByEvents = ofType('AWS::Lambda::Function').filter(({ arn }) =>
    eventTargets.some(({ to }) => to === arn),
  )
  const mappings = ofType('AWS::Lambda::EventSourceMapping')
  const isOfStream = ({ properties }: (typeof mappings)[number]) =>
    /:dynamodb:/.test(String(properties.EventSourceArn))
  const readQueues = mappings
    .filter((mapping) => !isOfStream(mapping))
    .map(({ properties }) => ofType('AWS::SQS::Queue').find(({ arn }) => arn === properties.EventSourceArn))
  return [
    ...ofType('AWS::IoT::TopicRule').map(({ logicalId, properties }) => ({
      from: logicalId,
      failures: at(properties, 'TopicRulePayload', 'ErrorAction', 'Sqs', 'QueueUrl'),
    })),
    ...eventTargets,
    ...startedByEvents.map(({ logicalId, properties }) => ({
      from: logicalId,
      failures: at(properties, 'DeadLetterConfig', 'TargetArn'),
    })),
    ...mappings.filter(isOfStream).map(({ logicalId, properties }) => ({
      from: logicalId,
      failures: at(properties, 'DestinationConfig', 'OnFailure', 'Destination'),
    })),
    ...readQueues.map((queue) => ({
      from: queue?.logicalId ?? 'a queue of another stack',
      failures: at(queue?.properties, 'RedrivePolicy', 'deadLetterTargetArn'),
    })),
  ]
}

suite('Every asynchronous edge ends in a queue with an alarm', () => {
  const all = edges()

  test('there are some of each kind', () => {
    for (const kind of [
      /^Ingest.*Rule/,
      /^Events.*Changes/,
      /^Uploads/,
      /^Upkeep.*Function/,
      /^Ingest.*Queue/,
    ])
      assert.ok(
        all.some(({ from }) => kind.test(from)),
        String(kind),
      )
  })

  for (const { from, failures } of all)
    test(from, () => assert.ok(watchedForLetters.has(queueOf(failures)), `${String(failures)} has no alarm`))

  test('and so does every queue that no function reads', () => {
    const read = ofType('AWS::Lambda::EventSourceMapping').map(({ properties }) => properties.EventSourceArn)
    for (const { arn, logicalId } of ofType('AWS::SQS::Queue'))
      if (!read.includes(arn)) assert.ok(watchedForLetters.has(logicalId), logicalId)
  })
})

suite('An alarm', () => {
  test('has a unique name after the stack, and refers to the runbook', () => {
    assert.equal(new Set(alarms.map(({ name }) => name)).size, alarms.length)
    for (const { AlarmName, AlarmDescription, entry } of alarms) {
      assert.match(AlarmName, /^Groundcrew-[A-Z]\w+(-\w+)?$/)
      assert.match(AlarmDescription, new RegExp(`docs/runbook\\.md#${entry.toLowerCase()}$`))
    }
    for (const { AlarmName } of alarmsOf({ stackName: 'Other' })) assert.match(AlarmName, /^Other-/)
  })

  test('watches resources of this stack by their names', () => {
    for (const { name, metrics } of alarms)
      for (const { Dimensions } of metrics)
        for (const { Name, Value } of Dimensions) {
          if (['service', 'reason', 'GlobalSecondaryIndexName'].includes(Name)) continue
          assert.ok(source.Resources[Value], `${name}: ${Name} ${Value}`)
        }
  })

  test('treats missing data as good, except for what happens every minute', () => {
    const alarmed = alarms.filter(({ TreatMissingData }) => TreatMissingData !== 'notBreaching')
    assert.deepEqual(
      alarmed.map(({ name, TreatMissingData }) => [name, TreatMissingData]),
      [['SweepsStopped', 'missing']],
    )
  })

  test('of lost messages exists for each rule, except for those whose messages are repeated', () => {
    const lost = alarms.filter(({ entry }) => entry === 'MessagesLost').map(({ query }) => query)
    const mending = Object.entries<TopicRuleTrigger>(topicRules).flatMap(([name, { mendsItself }]) =>
      mendsItself ? [name] : [],
    )
    const rules = ofType('AWS::IoT::TopicRule')
      .map(({ logicalId }) => logicalId)
      .filter((id) => !mending.some((name) => id.startsWith(`Ingest${name}`)))
    assert.deepEqual(mending, ['connections', 'relayedPresence', 'dockFirmware'])
    assert.equal(lost.length, rules.length)
    for (const rule of rules) assert.equal(lost.filter((query) => query.includes(rule)).length, 1, rule)
  })

  test('costs little: all watch 38 metrics at most, at ten cents a month each', () => {
    const metrics = alarms.reduce((sum, alarm) => sum + (alarm.metrics.length || 1), 0)
    assert.ok(metrics <= 38, `${metrics}`)
    for (const { name, metrics } of alarms) assert.ok(metrics.length <= 10, `${name}: CloudWatch's limit`)
  })

  test('is omitted with alarms=off, and then there is no mail', () => {
    assert.deepEqual(alarmsOf({ alarms: 'off' }), [])
    assert.throws(() => template({ alarms: 'off', alarmEmail: 'me@example.com' }), /alarmEmail/)
  })
})

const dashboards = (context?: Record<string, unknown>) =>
  Object.values(template(context).Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Dashboard')

test('Each count that is watched or shown is one that functions emit', () => {
  const telemetry = readFileSync(join(import.meta.dirname, '../../lambdas/runtime/telemetry.ts'), 'utf8')
  const [dashboard] = dashboards({ dashboard: 'on' })
  const shown = JSON.stringify(dashboard?.Properties).matchAll(
    /"Groundcrew\\*",\\*"(\w+)|MetricName=\\*"(\w+)/g,
  )
  const names = [
    ...alarms.flatMap(({ metrics }) =>
      metrics.filter(({ Namespace }) => Namespace === 'Groundcrew').map(({ MetricName }) => MetricName),
    ),
    ...[...shown].map(([, plain, searched]) => plain ?? searched ?? ''),
  ]
  assert.ok(new Set(names).size > 5)
  for (const name of names) assert.ok(telemetry.includes(`'${name}'`), name)
  const failures = readFileSync(join(import.meta.dirname, '../../lambdas/logs/failure.ts'), 'utf8')
  const reasons = alarms.flatMap(({ metrics }) =>
    metrics.flatMap(({ Dimensions }) => Dimensions.filter(({ Name }) => Name === 'reason')),
  )
  assert.ok(reasons.length > 0)
  for (const { Value } of reasons) assert.ok(failures.includes(`code: '${Value}'`), Value)
})

suite('The dashboard', () => {
  test('does not exist unless requested', () => assert.deepEqual(dashboards(), []))

  test('has a graph for each alarm, under its name, with or without alarms', () => {
    for (const context of [{ dashboard: 'on' }, { dashboard: 'on', alarms: 'off' }]) {
      const [dashboard, ...others] = dashboards(context)
      assert.deepEqual(others, [])
      const body = JSON.stringify(dashboard?.Properties?.DashboardBody)
      for (const { name } of alarms) assert.ok(body.includes(`\\"title\\":\\"${name}\\"`), name)
    }
  })
})

suite('With alarmEmail', () => {
  const resources = Object.entries(template({ alarmEmail: 'me@example.com' }).Resources)
  const ofKind = (type: string) => resources.filter(([, { Type }]) => Type === type)
  const [[topic] = []] = ofKind('AWS::SNS::Topic')

  test('every alarm sends a mail when it begins and ends', () => {
    const told = ofKind('AWS::CloudWatch::Alarm').map(([, { Properties }]) => Alarm.parse(Properties))
    assert.equal(told.length, alarms.length)
    for (const { AlarmActions, OKActions, InsufficientDataActions, TreatMissingData } of told) {
      assert.deepEqual([AlarmActions, OKActions], [[{ Ref: topic }], [{ Ref: topic }]])
      assert.deepEqual(InsufficientDataActions, TreatMissingData === 'missing' ? [{ Ref: topic }] : [])
    }
  })

  test('the address is subscribed, and only CloudWatch may publish, for alarms of this stack', () => {
    const [[, subscription] = []] = ofKind('AWS::SNS::Subscription')
    assert.partialDeepStrictEqual(subscription?.Properties, {
      Protocol: 'email',
      Endpoint: 'me@example.com',
      TopicArn: { Ref: topic },
    })
    const [[, policy] = []] = ofKind('AWS::SNS::TopicPolicy')
    const { Statement } = z
      .object({ Statement: z.array(z.looseObject({ Effect: z.string(), Principal: z.unknown() })) })
      .parse(policy?.Properties?.PolicyDocument)
    const allowed = Statement.filter(({ Effect }) => Effect === 'Allow')
    assert.deepEqual(
      allowed.map(({ Principal }) => Principal),
      [{ Service: 'cloudwatch.amazonaws.com' }],
    )
    assert.match(JSON.stringify(allowed), /aws:SourceAccount.*alarm:Groundcrew-\*/)
  })

  test('an invalid address is refused', () =>
    assert.throws(() => template({ alarmEmail: 'me' }), /alarmEmail/))
})
