import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Template } from '../../lib/synthesize.ts'
import { start } from '../../local/start.ts'
import { onlyLocal } from '../support/story.ts'

const queue = (Properties: Record<string, unknown>) => ({ Type: 'AWS::SQS::Queue', Properties })
const rule = (Sql: string) => ({
  Type: 'AWS::IoT::TopicRule',
  Properties: { TopicRulePayload: { Sql, AwsIotSqlVersion: '2016-03-23', Actions: [] } },
})
const role = (statement: object) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] },
    Policies: [{ PolicyName: 'Odd', PolicyDocument: { Version: '2012-10-17', Statement: [statement] } }],
  },
})

const strangers: [string, Template['Resources'][string], RegExp][] = [
  ['a resource type', { Type: 'AWS::ElastiCache::CacheCluster', Properties: {} }, /Odd .*ElastiCache/],
  ['a property', queue({ FifoQueue: true }), /Odd .*FifoQueue/s],
  ['an intrinsic function', queue({ QueueName: { 'Fn::Transform': {} } }), /Odd.*Fn::Transform/s],
  ['an action of a rule', rule("SELECT * FROM 'a'"), /Odd .*Actions/s],
  [
    'an operator of a policy’s conditions',
    role({ Effect: 'Deny', Action: 's3:*', Resource: '*', Condition: { Odd: { a: 'b' } } }),
    /Odd .*condition operator Odd/,
  ],
  [
    'an element of a policy',
    role({ Effect: 'Allow', Action: 's3:*', Resource: '*', Oddity: true }),
    /Odd.*Oddity/s,
  ],
]

test('what the local runtime cannot emulate stops it by name', { skip: onlyLocal }, async (t) => {
  for (const [what, resource, words] of strangers)
    await t.test(what, () =>
      assert.rejects(
        start({
          alter: ({ Resources }) => {
            Resources.Odd = resource
          },
        }),
        words,
      ),
    )

  await t.test('a function of a rule’s SQL', () =>
    assert.rejects(
      start({
        alter: ({ Resources }) => {
          for (const resource of Object.values(Resources))
            if (resource.Type === 'AWS::IoT::TopicRule')
              Object.assign(
                resource,
                JSON.parse(JSON.stringify(resource).replace(/newuuid\(\)/, "aws_lambda('x')")),
              )
        },
      }),
      /AWS::IoT::TopicRule.*aws_lambda/s,
    ),
  )
})
