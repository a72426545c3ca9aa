import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { backend, newTemplate } from './backend.ts'

const { source, resources } = backend()

/** The services that Groundcrew is made of; the local runtime stands in for each of them. */
const kinds =
  /^AWS::(DynamoDB::Table|S3::Bucket|S3::BucketPolicy|SQS::Queue|SQS::QueuePolicy|Lambda::(Function|EventSourceMapping|Permission)|IAM::(Role|Policy)|IoT::(TopicRule|Policy)|Events::(EventBus|Rule)|ApiGatewayV2::(Api|Stage|Route|Integration|Authorizer)|Cognito::\w+|Logs::LogGroup|CloudWatch::Alarm)$/

const intrinsics = new Set(['Ref', 'Fn::GetAtt', 'Fn::Join', 'Fn::Sub', 'Fn::Select', 'Fn::Split'])

const keysIn = (value: unknown): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [key, ...keysIn(inner)])
    : []

suite('The template', () => {
  test('has no resource of another kind, and no custom resource', () => {
    const others = Object.values(source.Resources).filter(({ Type }) => !kinds.test(Type))
    assert.deepEqual(others, [])
  })

  test('refers to things only in ways that the local runtime can follow', () => {
    const used = keysIn([source.Resources, source.Outputs]).filter((key) => key.startsWith('Fn::'))
    assert.deepEqual(
      [...new Set(used)].filter((key) => !intrinsics.has(key)),
      [],
    )
    assert.ok(resources.size > 0)
  })

  test('has outputs for everything that people need', () => {
    const outputs = [
      'ApiId',
      'ApiUrl',
      'BucketName',
      'CommandLineClientId',
      'ConsoleClientId',
      'DockPolicyName',
      'EventBusArn',
      'MachineClientId',
      'PackageBucketName',
      'SignInUrl',
    ]
    assert.deepEqual(Object.keys(source.Outputs ?? {}).sort(), [...outputs, 'TableName', 'UserPoolId'])
  })

  test('is the same every time', () => {
    assert.deepEqual(newTemplate(), source)
    assert.deepEqual(newTemplate(), source)
  })
})
