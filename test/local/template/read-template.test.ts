import assert from 'node:assert/strict'
import { test } from 'node:test'
import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib'
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as s3 from 'aws-cdk-lib/aws-s3'
import * as sqs from 'aws-cdk-lib/aws-sqs'
import { inertTypes } from '../../../local/template/inert.ts'
import { type ReadOptions, readTemplate } from '../../../local/template/read-template.ts'
import type { Json } from '../../../local/template/schema.ts'

const options: ReadOptions = { stackName: 'Groundcrew', region: 'eu-central-1' }

/** Resolves one value, as a property of a queue that has others around it to refer to. */
const resolve = (value: Json, parts: object = {}, more: Partial<ReadOptions> = {}): unknown => {
  const template = {
    Resources: {
      Subject: { Type: 'AWS::SQS::QueuePolicy', Properties: { it: value } },
      Table: { Type: 'AWS::DynamoDB::Table' },
      Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q' } },
      Alarm: { Type: 'AWS::CloudWatch::Alarm' },
    },
    ...parts,
  }
  return readTemplate(template, { ...options, ...more }).resources.get('Subject')?.properties.it
}

const intrinsics: readonly [Json, unknown][] = [
  [{ Ref: 'Table' }, 'Groundcrew-Table'],
  [{ Ref: 'Queue' }, 'https://sqs.eu-central-1.amazonaws.com/000000000000/q'],
  [{ Ref: 'AWS::Region' }, 'eu-central-1'],
  [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:aws:sqs:eu-central-1:000000000000:q'],
  [{ 'Fn::GetAtt': 'Queue.QueueName' }, 'q'],
  [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':', 1]] }, 'arn:aws:1'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Fn::Sub's own syntax
  [{ 'Fn::Sub': 'x-${AWS::AccountId}-${Queue.QueueName}-${!Literal}' }, 'x-000000000000-q-${Literal}'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Fn::Sub's own syntax
  [{ 'Fn::Sub': ['${a}-${Table}', { a: { Ref: 'AWS::URLSuffix' } }] }, 'amazonaws.com-Groundcrew-Table'],
  [{ 'Fn::Select': ['1', { 'Fn::Split': [':', { 'Fn::GetAtt': ['Queue', 'Arn'] }] }] }, 'aws'],
  [{ a: [{ Ref: 'AWS::NoValue' }, 1], b: { Ref: 'AWS::NoValue' } }, { a: [1] }],
  [{ Condition: { Bool: { x: 'true' } } }, { Condition: { Bool: { x: 'true' } } }],
]

for (const [value, expected] of intrinsics)
  test(`resolves ${JSON.stringify(value)}`, () => assert.deepEqual(resolve(value), expected))

test('conditions choose values, resources and outputs', () => {
  const parts = {
    Parameters: { Stage: { Type: 'String', Default: 'dev' } },
    Conditions: {
      IsDev: { 'Fn::Equals': [{ Ref: 'Stage' }, 'dev'] },
      IsProd: {
        'Fn::And': [
          { 'Fn::Not': [{ Condition: 'IsDev' }] },
          { 'Fn::Or': [{ Condition: 'IsDev' }, { 'Fn::Equals': ['a', 'a'] }] },
        ],
      },
    },
    Resources: {
      Subject: { Type: 'AWS::SQS::QueuePolicy', Properties: { it: { 'Fn::If': ['IsProd', 'prod', 'dev'] } } },
      Bucket: { Type: 'AWS::S3::Bucket', Condition: 'IsProd' },
    },
    Outputs: { Prod: { Value: 'x', Condition: 'IsProd' }, Dev: { Value: 'y', Condition: 'IsDev' } },
  }
  const dev = readTemplate(parts, options)
  assert.deepEqual([...dev.resources.keys()], ['Subject'])
  assert.deepEqual(dev.outputs, { Dev: 'y' })
  const prod = readTemplate(parts, { ...options, parameters: { Stage: 'prod' } })
  assert.deepEqual([...prod.resources.keys()], ['Subject', 'Bucket'])
  assert.equal(prod.resources.get('Subject')?.properties.it, 'prod')
})

test('a mapping gives the value under two keys', () => {
  const parts = { Mappings: { M: { 'eu-central-1': { size: 5 } } } }
  assert.equal(resolve({ 'Fn::FindInMap': ['M', { Ref: 'AWS::Region' }, 'size'] }, parts), 5)
})

test('what cannot be emulated is named with the resource that uses it', () => {
  const refused: [Json, RegExp][] = [
    [{ 'Fn::ImportValue': 'x' }, /Subject \(AWS::SQS::QueuePolicy\): Fn::ImportValue is not supported/],
    [{ 'Fn::GetAtt': ['Table', 'Stream'] }, /Subject .*attribute Stream of Table \(AWS::DynamoDB::Table\)/],
    [{ Ref: 'Nothing' }, /Subject .*no resource Nothing/],
    [{ 'Fn::GetAtt': ['Alarm', 'Arn'] }, /Subject .*Alarm \(AWS::CloudWatch::Alarm\) does nothing locally/],
    [{ 'Fn::If': ['Nowhere', 1, 2] }, /no condition Nowhere/],
    ['{{resolve:secretsmanager:x}}', /Subject .*resolve:secretsmanager/],
    [{ 'Fn::Select': [7, ['a']] }, /Fn::Select has no item 7/],
  ]
  for (const [value, message] of refused) assert.throws(() => resolve(value), message)
  const custom = { Resources: { Custom: { Type: 'Custom::S3AutoDeleteObjects' } } }
  assert.throws(
    () => readTemplate(custom, options),
    /Custom \(Custom::S3AutoDeleteObjects\): this resource type/,
  )
  assert.throws(() => readTemplate(custom, { ...options, parameters: { Nope: '1' } }), /no parameter Nope/)
  const circle = {
    Resources: {
      A: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::GetAtt': ['B', 'QueueName'] } } },
      B: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::GetAtt': ['A', 'QueueName'] } } },
    },
  }
  assert.throws(() => readTemplate(circle, options), /A .*refers to itself/)
})

test('a parameter without a value is named when it is used', () => {
  const parts = {
    Parameters: {
      Key: { Type: 'String' },
      Boot: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/x' },
    },
  }
  assert.throws(() => resolve({ Ref: 'Key' }, parts), /Subject .*parameter Key has no value/)
  assert.throws(() => resolve({ Ref: 'Boot' }, parts), /Boot is read from the Parameter Store/)
  assert.equal(resolve({ Ref: 'Key' }, parts, { parameters: { Key: 'k' } }), 'k')
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

test('reads what CDK synthesizes', () => {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } })
  const stack = new Stack(app, 'Groundcrew')
  const table = new dynamodb.TableV2(stack, 'Table', {
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
  })
  const queue = new sqs.Queue(stack, 'Queue', { visibilityTimeout: Duration.seconds(30) })
  const bucket = new s3.Bucket(stack, 'Bucket', { enforceSSL: true })
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') })
  table.grantReadWriteData(role)
  queue.grantSendMessages(role)
  bucket.grantPut(role)
  new CfnParameter(stack, 'Unused', { type: 'String' })
  const { resources } = readTemplate(app.synth().getStackByName('Groundcrew').template, options)
  const policy = JSON.stringify(
    [...resources.values()].find(({ type }) => type === 'AWS::IAM::Policy')?.properties,
  )
  for (const arn of [
    /arn:aws:dynamodb:eu-central-1:000000000000:table\/Groundcrew-Table\w+/,
    /arn:aws:sqs:eu-central-1:000000000000:Groundcrew-Queue\w+/,
    /arn:aws:s3:::groundcrew-bucket\w+\/\*/,
  ])
    assert.match(policy, arn)
})
