/**
 * The results of `Ref` and `Fn::GetAtt` for each emulated resource type, and its name if the template gives
 * none. From "Return values" of each type in the CloudFormation template reference.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
 */
import { streamLabel } from '../dynamodb/stream-access.ts'
import { nameWithin, stableId, stableUuid } from './names.ts'

/**
 * The resource as passed to its type. `seed` is unique to it and stable between restarts; `property` reads a
 * resolved text property.
 */
export type Named = {
  logicalId: string
  type: string
  stackName: string
  seed: string
  region: string
  accountId: string
  property(name: string): string | undefined
}

type Attributes = Readonly<Record<string, string>>

/**
 * `physicalId` names the resource; `ref` is the result of `Ref` if that differs; `Arn` is the resource's ARN
 * if it has one.
 */
export type ResourceType = {
  physicalId(resource: Named): string
  ref?(resource: Named, physicalId: string): string
  attributes?(resource: Named, physicalId: string): Attributes
}

const generated = ({ stackName, logicalId }: Named): string => `${stackName}-${logicalId}`

/** The name property if given, otherwise the stack's name and the logical id, within the service's length. */
const named =
  (property: string, length = 255, adapt: (name: string) => string = (name) => name) =>
  (resource: Named): string =>
    resource.property(property) ?? nameWithin(adapt(generated(resource)), length)

const arn = ({ region, accountId }: Named, service: string, resource: string): string =>
  `arn:aws:${service}:${region}:${accountId}:${resource}`

const withArn =
  (service: string, prefix: string, suffix = '') =>
  (resource: Named, id: string): Attributes => ({ Arn: arn(resource, service, `${prefix}${id}${suffix}`) })

/** A type whose id AWS generates. */
const identified = (length: number): ResourceType => ({ physicalId: ({ seed }) => stableId(seed, length) })

const table: ResourceType = {
  physicalId: named('TableName'),
  attributes: (resource, name) => ({
    ...withArn('dynamodb', 'table/')(resource, name),
    StreamArn: arn(resource, 'dynamodb', `table/${name}/stream/${streamLabel}`),
  }),
}

/** The name of a rule includes its bus, unless that is the account's default bus. */
const rule: ResourceType = {
  physicalId: named('Name', 64),
  ref: (resource, name) => {
    const bus = resource.property('EventBusName')?.split('/').at(-1)
    return bus === undefined ? name : `${bus}|${name}`
  },
  attributes: (resource, name) => {
    const bus = resource.property('EventBusName')?.split('/').at(-1)
    return withArn('events', bus === undefined ? 'rule/' : `rule/${bus}/`)(resource, name)
  },
}

const bucketAttributes = ({ region }: Named, name: string): Attributes => ({
  Arn: `arn:aws:s3:::${name}`,
  RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
})

const queueUrl = ({ region, accountId }: Named, name: string): string =>
  `https://sqs.${region}.amazonaws.com/${accountId}/${name}`

const globalArn = ({ accountId }: Named, service: string, resource: string): string =>
  `arn:aws:${service}::${accountId}:${resource}`

const secretArn = (resource: Named, name: string): string =>
  arn(resource, 'secretsmanager', `secret:${name}-${stableId(resource.logicalId, 6)}`)

const userPoolAttributes = (resource: Named, id: string): Attributes => ({
  Arn: arn(resource, 'cognito-idp', `userpool/${id}`),
  ProviderURL: `https://cognito-idp.${resource.region}.amazonaws.com/${id}`,
})

/** Every emulated type. */
export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  'AWS::DynamoDB::Table': table,
  'AWS::S3::Bucket': {
    physicalId: named('BucketName', 63, (name) => name.toLowerCase()),
    attributes: bucketAttributes,
  },
  'AWS::S3::BucketPolicy': { physicalId: (resource) => resource.property('Bucket') ?? generated(resource) },
  'AWS::SQS::Queue': {
    physicalId: named('QueueName', 80),
    ref: queueUrl,
    attributes: (resource, name) => ({
      ...withArn('sqs', '')(resource, name),
      QueueName: name,
    }),
  },
  'AWS::SQS::QueuePolicy': { physicalId: generated },
  'AWS::Lambda::Function': {
    physicalId: named('FunctionName', 64),
    attributes: withArn('lambda', 'function:'),
  },
  'AWS::Lambda::Permission': { physicalId: generated },
  'AWS::Lambda::EventSourceMapping': { physicalId: ({ seed }) => stableUuid(seed) },
  'AWS::IAM::Role': {
    physicalId: named('RoleName', 64),
    attributes: (resource, name) => ({ Arn: globalArn(resource, 'iam', `role/${name}`) }),
  },
  'AWS::IAM::Policy': { physicalId: named('PolicyName', 128) },
  'AWS::IoT::TopicRule': {
    // Rule names allow only letters, digits and underscores.
    physicalId: named('RuleName', 128, (name) => name.replaceAll(/\W/g, '_')),
    attributes: withArn('iot', 'rule/'),
  },
  'AWS::IoT::Authorizer': {
    physicalId: named('AuthorizerName', 128),
    attributes: withArn('iot', 'authorizer/'),
  },
  'AWS::IoT::DomainConfiguration': {
    physicalId: named('DomainConfigurationName', 128),
    attributes: withArn('iot', 'domainconfiguration/'),
  },
  'AWS::IoT::Policy': {
    physicalId: named('PolicyName', 128),
    attributes: withArn('iot', 'policy/'),
  },
  'AWS::CloudFront::Distribution': {
    physicalId: ({ seed }) => `E${stableId(seed, 13).toUpperCase()}`,
    attributes: ({ seed }) => ({ DomainName: `d${stableId(seed, 13).toLowerCase()}.cloudfront.net` }),
  },
  'AWS::CloudFront::Function': {
    physicalId: named('Name', 64),
    ref: (resource, name) => globalArn(resource, 'cloudfront', `function/${name}`),
    attributes: (resource, name) => {
      const FunctionARN = globalArn(resource, 'cloudfront', `function/${name}`)
      return { Arn: FunctionARN, FunctionARN }
    },
  },
  'AWS::CloudFront::KeyValueStore': {
    physicalId: named('Name', 64),
    attributes: (resource) => ({
      Arn: globalArn(resource, 'cloudfront', `key-value-store/${stableUuid(resource.seed)}`),
    }),
  },
  'AWS::CloudFront::CachePolicy': identified(36),
  'AWS::CloudFront::OriginAccessControl': { ...identified(14), attributes: (_, id) => ({ Id: id }) },
  'AWS::SecretsManager::Secret': {
    physicalId: named('Name'),
    ref: secretArn,
    attributes: (resource, name) => ({ Arn: secretArn(resource, name) }),
  },
  'AWS::Events::EventBus': {
    physicalId: named('Name', 256),
    attributes: withArn('events', 'event-bus/'),
  },
  'AWS::Events::Rule': rule,
  'AWS::ApiGatewayV2::Api': {
    ...identified(10),
    attributes: ({ region }, id) => ({
      ApiEndpoint: `https://${id}.execute-api.${region}.amazonaws.com`,
    }),
  },
  'AWS::ApiGatewayV2::Stage': { physicalId: named('StageName') },
  'AWS::ApiGatewayV2::Route': identified(7),
  'AWS::ApiGatewayV2::Integration': identified(7),
  'AWS::ApiGatewayV2::Authorizer': identified(6),
  'AWS::Cognito::UserPool': {
    physicalId: ({ region, seed }) => `${region}_${stableId(seed, 9)}`,
    attributes: userPoolAttributes,
  },
  'AWS::Cognito::UserPoolClient': identified(26),
  'AWS::Cognito::UserPoolDomain': { physicalId: named('Domain', 63, (name) => name.toLowerCase()) },
  'AWS::Cognito::UserPoolResourceServer': { physicalId: named('Identifier') },
  'AWS::Cognito::UserPoolGroup': { physicalId: named('GroupName') },
}

/** Inert types that emulated resources may still refer to, in a permission for instance. */
export const inertReferences: Readonly<Record<string, ResourceType>> = {
  'AWS::Logs::LogGroup': {
    physicalId: named('LogGroupName', 512),
    attributes: withArn('logs', 'log-group:', ':*'),
  },
  'AWS::SNS::Topic': {
    physicalId: named('TopicName', 256),
    ref: (resource, name) => arn(resource, 'sns', name),
  },
}
