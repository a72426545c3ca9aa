import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { RegionInfo } from 'aws-cdk-lib/region-info'
import { optionSets, type Stack, stacksOf, textOf } from './stacks.ts'

/** Names that we give to resources: those of two stacks must not meet, in one region or in two. */

/** `path`: where the template has the name. `most`: the characters that it may have. */
type Naming = { path: string[]; shared: 'account' | 'region'; most: number }

const account = (most: number, ...path: string[]): Naming => ({ path, shared: 'account', most })
const region = (most: number, ...path: string[]): Naming => ({ path, shared: 'region', most })
/** Named by what it belongs to, or by nothing that has to be its own alone. */
const unnamed = undefined

/**
 * Each type of both stacks, and what has to be its own. A type that is not here fails: look up first whether
 * its name is the account's.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
 */
const namings: Record<string, Naming | undefined> = {
  'AWS::ApiGatewayV2::Api': unnamed,
  'AWS::ApiGatewayV2::Authorizer': unnamed,
  'AWS::ApiGatewayV2::Integration': unnamed,
  'AWS::ApiGatewayV2::Route': unnamed,
  'AWS::ApiGatewayV2::Stage': unnamed,
  'AWS::CloudFront::CachePolicy': account(128, 'CachePolicyConfig', 'Name'),
  'AWS::CloudFront::Distribution': unnamed,
  'AWS::CloudFront::Function': account(64, 'Name'),
  'AWS::CloudFront::KeyValueStore': account(64, 'Name'),
  'AWS::CloudFront::OriginAccessControl': account(64, 'OriginAccessControlConfig', 'Name'),
  'AWS::CloudFront::ResponseHeadersPolicy': account(128, 'ResponseHeadersPolicyConfig', 'Name'),
  'AWS::CloudWatch::Alarm': region(255, 'AlarmName'),
  'AWS::CloudWatch::Dashboard': account(255, 'DashboardName'),
  'AWS::Cognito::UserPool': unnamed,
  'AWS::Cognito::UserPoolClient': unnamed,
  'AWS::Cognito::UserPoolDomain': region(63, 'Domain'),
  'AWS::Cognito::UserPoolGroup': unnamed,
  'AWS::Cognito::UserPoolResourceServer': unnamed,
  'AWS::DynamoDB::Table': region(255, 'TableName'),
  'AWS::Events::EventBus': region(256, 'Name'),
  'AWS::Events::Rule': region(64, 'Name'),
  'AWS::IAM::Policy': unnamed,
  'AWS::IAM::Role': account(64, 'RoleName'),
  'AWS::IoT::Authorizer': region(128, 'AuthorizerName'),
  'AWS::IoT::DomainConfiguration': region(128, 'DomainConfigurationName'),
  'AWS::IoT::Policy': region(128, 'PolicyName'),
  'AWS::IoT::TopicRule': region(128, 'RuleName'),
  'AWS::Lambda::EventSourceMapping': unnamed,
  'AWS::Lambda::Function': region(64, 'FunctionName'),
  'AWS::Lambda::LayerVersion': region(140, 'LayerName'),
  'AWS::Lambda::Permission': unnamed,
  'AWS::Logs::LogGroup': region(512, 'LogGroupName'),
  'AWS::S3::Bucket': account(63, 'BucketName'),
  'AWS::S3::BucketPolicy': unnamed,
  'AWS::SNS::Subscription': unnamed,
  'AWS::SNS::Topic': region(256, 'TopicName'),
  'AWS::SNS::TopicPolicy': unnamed,
  'AWS::SecretsManager::Secret': region(512, 'Name'),
  'AWS::SQS::Queue': region(80, 'QueueName'),
  'AWS::SQS::QueuePolicy': unnamed,
  'Custom::CDKBucketDeployment': unnamed,
  'Custom::S3AutoDeleteObjects': unnamed,
}

const within = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null
        ? Object.entries(inner).find(([name]) => name === key)?.[1]
        : undefined,
    value,
  )

type Name = { type: string; name: string; most: number; shared: string }

/** All names of a deployment: what is shared by the region is told apart by it. */
const namesIn = (stacks: readonly Stack[], pseudo: { region: string; stackName: string }): Name[] => {
  const resources = stacks.flatMap(({ Resources }) => Object.values(Resources))
  const named = resources.flatMap(({ Type, Properties }) => {
    const naming = namings[Type]
    if (!naming) return []
    const given = within(Properties, naming.path)
    const name = given === undefined ? undefined : textOf(given, pseudo)
    return name === undefined ? [] : [{ type: Type, name, most: naming.most, shared: naming.shared }]
  })
  const exports = stacks.flatMap(({ Outputs }) =>
    Object.values(Outputs).flatMap(({ Export }) => {
      const name = within(Export, ['Name'])
      return name === undefined ? [] : [textOf(name, pseudo)]
    }),
  )
  return [...named, ...exports.map((name) => ({ type: 'an export', name, most: 255, shared: 'region' }))]
}

/** What must be its own: in lower case, as domains and buckets are. */
const keyOf = ({ type, name, shared }: Name, regionName: string): string =>
  [type, shared === 'region' ? regionName : '', name.toLowerCase()].join(' ')

const everything = { dashboard: 'on', alarmEmail: 'me@example.com' }
const regionNames = RegionInfo.regions.map(({ name }) => name)
const longestRegion = regionNames.reduce((longest, name) => (name.length > longest.length ? name : longest))

suite('Explicit names', () => {
  test('are looked up for every type that any set of options has', () => {
    for (const context of Object.values(optionSets))
      for (const { Resources } of stacksOf(context))
        for (const { Type } of Object.values(Resources)) assert.ok(Object.hasOwn(namings, Type), Type)
  })

  test('of two stacks in two regions of an account never meet', () => {
    const keys = ['Groundcrew', 'North-Sea'].flatMap((stackName) =>
      ['eu-central-1', 'us-east-1'].flatMap((regionName) =>
        namesIn(stacksOf({ ...everything, stackName }), { region: regionName, stackName }).map((name) =>
          keyOf(name, regionName),
        ),
      ),
    )
    const twice = keys.filter((key, n) => keys.indexOf(key) !== n)
    assert.deepEqual(twice, [])
    for (const type of ['CloudFront::Function', 'Dashboard', 'UserPoolDomain', 'Alarm', 'an export'])
      assert.ok(
        keys.some((key) => key.includes(type)),
        type,
      )
  })

  test('fit for the longest name of a stack, in the region with the longest name', () => {
    const longest = 'S'.repeat(40)
    assert.throws(() => stacksOf({ ...everything, stackName: `${longest}S` }), /stackName: .*at most 40/)
    for (const { type, name, most } of namesIn(stacksOf({ ...everything, stackName: longest }), {
      region: longestRegion,
      stackName: longest,
    })) {
      assert.ok(name.length <= most, `${type} ${name}: ${name.length} of ${most}`)
      if (type === 'AWS::Cognito::UserPoolDomain')
        assert.match(name, /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)
    }
  })
})
