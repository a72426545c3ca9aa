import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inertTypes } from '../../../local/template/inert.ts'
import { type ReadOptions, readTemplate } from '../../../local/template/read-template.ts'
import type { Json } from '../../../local/template/schema.ts'

const options: ReadOptions = { stackName: 'Groundcrew', region: 'eu-central-1' }

/** Resolves one value, as a property of a queue that has others around it to refer to. */
const resolve = (value: Json): unknown => {
  const template = {
    Resources: {
      Subject: { Type: 'AWS::SQS::QueuePolicy', Properties: { it: value } },
      Table: { Type: 'AWS::DynamoDB::Table' },
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q' } },
      Alarm: { Type: 'AWS::CloudWatch::Alarm' },
    },
  }
  return readTemplate(template, options).resources.get('Subject')?.properties.it
}

const intrinsics: readonly [Json, unknown][] = [
  [{ Ref: 'Table' }, 'Groundcrew-Table'],
  [{ Ref: 'Queue' }, 'https://sqs.eu-central-1.amazonaws.com/000000000000/q'],
  [{ Ref: 'AWS::Region' }, 'eu-central-1'],
  [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:aws:sqs:eu-central-1:000000000000:q'],
  [{ 'Fn::GetAtt': ['Queue', 'QueueName'] }, 'q'],
  [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':', 1]] }, 'arn:aws:1'],
  [{ 'Fn::Sub': `x-\${AWS::AccountId}-\${Table}` }, 'x-000000000000-Groundcrew-Table'],
  [{ Condition: { Bool: { x: 'true' } } }, { Condition: { Bool: { x: 'true' } } }],
]

for (const [value, expected] of intrinsics)
  test(`resolves ${JSON.stringify(value)}`, () => assert.deepEqual(resolve(value), expected))

test('what cannot be emulated is named with the resource that uses it', () => {
  const refused: [Json, RegExp][] = [
    [{ 'Fn::ImportValue': 'x' }, /Subject \(AWS::SQS::QueuePolicy\): Fn::ImportValue is not supported/],
    [{ 'Fn::GetAtt': ['Table', 'Stream'] }, /Subject .*attribute Stream of Table \(AWS::DynamoDB::Table\)/],
    [{ Ref: 'Nothing' }, /Subject .*no resource Nothing/],
    [{ 'Fn::GetAtt': ['Alarm', 'Arn'] }, /Subject .*Alarm \(AWS::CloudWatch::Alarm\) does nothing locally/],
    [{ 'Fn::If': ['Nowhere', 1, 2] }, /Subject .*Fn::If is not supported/],
    ['{{resolve:secretsmanager:x}}', /Subject .*resolve:secretsmanager/],
    [{ 'Fn::Sub': `\${Queue.Arn}` }, /Subject .*no resource Queue.Arn/],
    [{ 'Fn::Sub': [`\${a}`, { a: 'b' }] }, /Subject .*the argument of Fn::Sub must be text/],
  ]
  for (const [value, message] of refused) assert.throws(() => resolve(value), message)
  const custom = { Resources: { Custom: { Type: 'Custom::S3AutoDeleteObjects' } } }
  assert.throws(
    () => readTemplate(custom, options),
    /Custom \(Custom::S3AutoDeleteObjects\): this resource type/,
  )
  const chosen = { Resources: { Queue: { Type: 'AWS::SQS::Queue', Condition: 'IsProd' } } }
  assert.throws(() => readTemplate(chosen, options), /conditions are not supported/)
  const circle = {
    Resources: {
      A: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::GetAtt': ['B', 'QueueName'] } } },
      B: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::GetAtt': ['A', 'QueueName'] } } },
    },
  }
  assert.throws(() => readTemplate(circle, options), /A .*refers to itself/)
})

test('the caller can put local addresses in the place of those of AWS', () => {
  const template = {
    Resources: {
      Pool: { Type: 'AWS::Cognito::UserPool' },
      Api: { Type: 'AWS::ApiGatewayV2::Api' },
      Board: { Type: 'AWS::CloudWatch::Dashboard' },
    },
    Outputs: {
      Issuer: { Value: { 'Fn::GetAtt': ['Pool', 'ProviderURL'] } },
      Url: { Value: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] } },
      Console: { Value: { 'Fn::GetAtt': ['Board', 'Name'] } },
    },
  }
  const local = readTemplate(template, {
    ...options,
    attributes: ({ type }) =>
      type === 'AWS::Cognito::UserPool' ? { ProviderURL: 'http://127.0.0.1:3000/issuer' } : {},
  })
  assert.equal(local.outputs.Issuer, 'http://127.0.0.1:3000/issuer')
  assert.match(
    String(local.outputs.Url),
    /^https:\/\/[a-z0-9]{10}\.execute-api\.eu-central-1\.amazonaws\.com$/,
  )
  assert.equal('Console' in local.outputs, false)
})

test('generated names keep to the rules of their service and do not change', () => {
  const long = 'L'.repeat(120)
  const template = {
    Resources: {
      [long]: { Type: 'AWS::S3::Bucket' },
      Rule: { Type: 'AWS::IoT::TopicRule' },
      Pool: { Type: 'AWS::Cognito::UserPool' },
      Mapping: { Type: 'AWS::Lambda::EventSourceMapping' },
    },
  }
  const read = () => readTemplate(template, { ...options, stackName: 'My-Stack' }).resources
  assert.match(read().get(long)?.physicalId ?? '', /^my-stack-l+-[0-9a-f]{8}$/)
  assert.equal(read().get(long)?.physicalId.length, 63)
  assert.equal(read().get('Rule')?.physicalId, 'My_Stack_Rule')
  assert.match(read().get('Pool')?.physicalId ?? '', /^eu-central-1_[a-z0-9]{9}$/)
  assert.match(
    read().get('Mapping')?.physicalId ?? '',
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
  )
  assert.deepEqual(read(), read())
})

test('every inert type has a reason', () => {
  for (const reason of Object.values(inertTypes)) assert.match(reason, /\w+ \w+/)
})
