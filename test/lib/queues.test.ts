import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as z from 'zod'
import {
  answerRules,
  type QueueTrigger,
  queues,
  scheduleRate,
  schedules,
  type TopicRuleTrigger,
  topicRules,
} from '../../lambdas/triggers.ts'
import { at, backend, everything } from './backend.ts'

const { ofType, one, fn } = backend(everything)

/** A queue's URL ends with its name. */
const nameIn = (url: unknown): string => String(url).split('/').at(-1) ?? ''

const Queue = z.object({
  RedrivePolicy: z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.number() }).optional(),
  VisibilityTimeout: z.number().optional(),
  MessageRetentionPeriod: z.number(),
  SqsManagedSseEnabled: z.literal(true),
})
const all = ofType('AWS::SQS::Queue').map(({ arn, physicalId, properties }) => ({
  arn,
  name: physicalId,
  ...Queue.parse(properties),
}))
const rules = ofType('AWS::IoT::TopicRule').map(({ properties }) => at(properties, 'TopicRulePayload'))
const failuresOfRules = rules.map((rule) => nameIn(at(rule, 'ErrorAction', 'Sqs', 'QueueUrl')))
const failuresOfDocks = at(fn('answer-docks').properties, 'DeadLetterConfig', 'TargetArn')
const failuresOfEvents = one('AWS::SQS::Queue', 'EventsEventFailures').arn

suite('Every queue', () => {
  test('either moves messages that failed five times to a queue that keeps them for 14 days, or is such a queue', () => {
    const deadLetters = all.flatMap(({ RedrivePolicy }) => RedrivePolicy?.deadLetterTargetArn ?? [])
    for (const { arn, name, RedrivePolicy, MessageRetentionPeriod } of all) {
      if (RedrivePolicy) {
        assert.equal(RedrivePolicy.maxReceiveCount, 5)
        assert.notEqual(RedrivePolicy.deadLetterTargetArn, arn)
      } else {
        assert.ok(
          deadLetters.includes(arn ?? '') ||
            failuresOfRules.includes(name) ||
            [failuresOfDocks, failuresOfEvents].includes(arn),
        )
        assert.equal(MessageRetentionPeriod, 14 * 86_400)
      }
    }
  })

  test('refuses requests without TLS', () => {
    const guarded = ofType('AWS::SQS::QueuePolicy')
      .filter(({ properties }) => {
        const document = z
          .object({ Statement: z.array(z.looseObject({ Effect: z.string(), Action: z.unknown() })) })
          .parse(properties.PolicyDocument)
        return document.Statement.some(
          (statement) =>
            statement.Effect === 'Deny' &&
            statement.Action === 'sqs:*' &&
            at(statement, 'Condition', 'Bool', 'aws:SecureTransport') === 'false',
        )
      })
      .flatMap(({ properties }) => z.array(z.string()).parse(properties.Queues).map(nameIn))
    assert.deepEqual(guarded.sort(), all.map(({ name }) => name).sort())
  })
})

suite('A queue that a function reads', () => {
  for (const [name, trigger] of Object.entries<QueueTrigger>(queues)) {
    const reader = fn(trigger.function)
    const mapping = ofType('AWS::Lambda::EventSourceMapping').find(
      ({ properties }) => properties.FunctionName === reader.physicalId,
    )?.properties

    test(`${name}: is read in batches as the trigger says, failures reported one by one`, () => {
      assert.equal(mapping?.BatchSize, trigger.batchSize)
      assert.equal(mapping?.MaximumBatchingWindowInSeconds, trigger.windowSeconds)
      assert.deepEqual(mapping?.FunctionResponseTypes, ['ReportBatchItemFailures'])
      assert.equal(at(mapping, 'ScalingConfig', 'MaximumConcurrency'), trigger.maximumConcurrency)
    })

    test(`${name}: hides a message for six timeouts and the window`, () => {
      const queue = all.find(({ arn }) => arn === mapping?.EventSourceArn)
      const needed = 6 * Number(reader.properties.Timeout) + trigger.windowSeconds
      assert.ok((queue?.VisibilityTimeout ?? 0) >= needed)
    })
  }
})

suite('A topic rule', () => {
  for (const [name, trigger] of Object.entries<TopicRuleTrigger>(topicRules)) {
    const { sql, description, queue, ends } = trigger
    const rule = rules.find((payload) => at(payload, 'Sql') === sql)
    const readBy = (reader: keyof typeof queues) => {
      const mapping = ofType('AWS::Lambda::EventSourceMapping').find(
        ({ properties }) => properties.FunctionName === fn(queues[reader].function).physicalId,
      )
      return all.find(({ arn }) => arn === mapping?.properties.EventSourceArn)?.name
    }

    test(`${name}: has the SQL version that the statement is written for`, () => {
      assert.equal(at(rule, 'AwsIotSqlVersion'), '2016-03-23')
      assert.equal(at(rule, 'RuleDisabled'), false)
      assert.equal(at(rule, 'Description'), description)
    })

    test(`${name}: hands to the queue of its function, what ends something to one without a window, not encoded again`, () => {
      const [action, ...others] = z.array(z.unknown()).parse(at(rule, 'Actions'))
      assert.equal(others.length, 0)
      const url = String(at(action, 'Sqs', 'QueueUrl'))
      const chosen = /^\$\{CASE (.*) WHEN true THEN '([^']*)' ELSE '([^']*)' END\}$/.exec(url)
      assert.equal(chosen?.[1], ends?.where)
      assert.equal(nameIn(chosen?.[3] ?? url), readBy(queue))
      if (ends) assert.equal(nameIn(chosen?.[2]), readBy(ends.queue))
      if (ends) assert.equal(queues[ends.queue].windowSeconds, 0)
      assert.equal(at(action, 'Sqs', 'UseBase64'), false)
    })
  }

  test('keeps messages that its queue refuses in a queue that nothing reads', () => {
    assert.equal(rules.length, Object.keys(topicRules).length + Object.keys(answerRules).length)
    const [failures, ...others] = new Set(failuresOfRules)
    assert.deepEqual(others, [])
    const queue = all.find(({ name }) => name === failures)
    assert.ok(queue && !queue.RedrivePolicy)
    const read = ofType('AWS::Lambda::EventSourceMapping').map(({ properties }) => properties.EventSourceArn)
    assert.ok(!read.includes(queue.arn))
  })
})

suite('A topic rule whose messages need an answer', () => {
  const answering = fn('answer-docks')
  const permissions = ofType('AWS::Lambda::Permission').map(({ properties }) => properties)
  for (const [name, { sql, description }] of Object.entries(answerRules)) {
    const found = ofType('AWS::IoT::TopicRule').find(
      ({ properties }) => at(properties, 'TopicRulePayload', 'Sql') === sql,
    )
    test(`${name}: starts the function at once, which lets in this rule of this account`, () => {
      const payload = at(found?.properties, 'TopicRulePayload')
      assert.equal(at(payload, 'Description'), description)
      assert.deepEqual(at(payload, 'Actions'), [{ Lambda: { FunctionArn: answering.arn } }])
      const own = permissions.filter(({ SourceArn }) => SourceArn === found?.arn)
      assert.deepEqual(own, [
        {
          Action: 'lambda:InvokeFunction',
          FunctionName: answering.arn,
          Principal: 'iot.amazonaws.com',
          SourceArn: found?.arn,
          SourceAccount: '000000000000',
        },
      ])
    })
  }

  test('does not exist without dockServer, nor does its function; one that acknowledges does not with ackEvents=off', () => {
    const sqlsOf = (context: Record<string, unknown>) =>
      backend(context)
        .ofType('AWS::IoT::TopicRule')
        .map(({ properties }) => at(properties, 'TopicRulePayload', 'Sql'))
    const all = Object.values(answerRules).map(({ sql }) => sql)
    assert.deepEqual(
      sqlsOf({}).filter((sql) => all.some((one) => one === sql)),
      [],
    )
    assert.throws(() => backend().fn('answer-docks'))
    const { dockRequests, dockTopologies } = answerRules
    assert.deepEqual(
      sqlsOf({ ...everything, ackEvents: 'off' })
        .filter((sql) => all.some((one) => one === sql))
        .sort(),
      [dockRequests.sql, dockTopologies.sql].sort(),
    )
  })
})

suite('EventBridge', () => {
  const objects = ofType('AWS::Events::Rule').find(({ properties }) => properties.EventPattern !== undefined)
  const target = (rule: typeof objects) => {
    const [only, ...others] = z.array(z.unknown()).parse(rule?.properties.Targets)
    assert.equal(others.length, 0)
    return only
  }

  test('sends completed objects of the upload bucket, and of no other, to the archives queue', () => {
    assert.deepEqual(objects?.properties.EventPattern, {
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: { bucket: { name: [one('AWS::S3::Bucket', 'Uploads').physicalId] } },
    })
    const queue = all.find(({ arn }) => arn === at(target(objects), 'Arn'))
    assert.equal(at(target(objects), 'DeadLetterConfig', 'Arn'), queue?.RedrivePolicy?.deadLetterTargetArn)
  })

  test('starts each sweep every minute, by rules of five targets at most, and keeps starts that failed', () => {
    const targets = ofType('AWS::Events::Rule').flatMap(({ properties }) => {
      if (properties.ScheduleExpression === undefined) return []
      assert.equal(properties.ScheduleExpression, `rate(${scheduleRate})`)
      const own = z.array(z.unknown()).parse(properties.Targets)
      assert.ok(own.length <= 5)
      return own
    })
    const sweeps = Object.values(schedules).map((schedule) => fn(schedule.function))
    assert.deepEqual(
      targets.map((one) => at(one, 'Arn')),
      sweeps.map(({ arn }) => arn),
    )
    for (const failures of [
      ...targets.map((one) => at(one, 'DeadLetterConfig', 'Arn')),
      ...sweeps.map(({ properties }) => at(properties, 'DeadLetterConfig', 'TargetArn')),
    ])
      assert.equal(failures, failuresOfEvents)
    assert.ok(Number(fn('sweep-uploads').properties.Timeout) < 60)
  })
})
