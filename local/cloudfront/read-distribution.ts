import * as z from 'zod'
import { declared, Flag, Ignored, type Resources } from '../declared.ts'
import { localAccountId } from '../template/read-template.ts'

const FunctionProperties = z.strictObject({
  AutoPublish: Flag.pipe(z.literal(true)),
  FunctionCode: z.string(),
  FunctionConfig: z.strictObject({
    Comment: Ignored,
    KeyValueStoreAssociations: z.array(z.strictObject({ KeyValueStoreARN: z.string() })).length(1),
    Runtime: z.literal('cloudfront-js-2.0'),
  }),
  Name: z.string(),
  Tags: Ignored,
})
const CachePolicyProperties = z.strictObject({
  CachePolicyConfig: z.strictObject({
    Comment: Ignored,
    // Nothing is cached here: each request reads the bucket.
    DefaultTTL: Ignored,
    MaxTTL: Ignored,
    MinTTL: Ignored,
    Name: Ignored,
    ParametersInCacheKeyAndForwardedToOrigin: z.strictObject({
      CookiesConfig: z.strictObject({ CookieBehavior: z.literal('none') }),
      EnableAcceptEncodingBrotli: Flag.pipe(z.literal(false)),
      EnableAcceptEncodingGzip: Flag.pipe(z.literal(false)),
      HeadersConfig: z.strictObject({ HeaderBehavior: z.literal('none') }),
      QueryStringsConfig: z.strictObject({
        QueryStringBehavior: z.literal('whitelist'),
        QueryStrings: z.array(z.string()),
      }),
    }),
  }),
})
const AccessControlProperties = z.strictObject({
  OriginAccessControlConfig: z.strictObject({
    Description: Ignored,
    Name: Ignored,
    OriginAccessControlOriginType: z.literal('s3'),
    SigningBehavior: z.literal('always'),
    SigningProtocol: z.literal('sigv4'),
  }),
})
const Origin = z.strictObject({
  DomainName: z.string(),
  Id: z.string(),
  OriginAccessControlId: z.string(),
  S3OriginConfig: z.strictObject({ OriginAccessIdentity: z.literal('') }),
})
const DistributionProperties = z.strictObject({
  DistributionConfig: z.strictObject({
    Comment: Ignored,
    DefaultCacheBehavior: z.strictObject({
      AllowedMethods: z.array(z.string()),
      CachePolicyId: z.string(),
      Compress: Flag.pipe(z.literal(false)),
      FunctionAssociations: z
        .array(z.strictObject({ EventType: z.literal('viewer-request'), FunctionARN: z.string() }))
        .length(1),
      TargetOriginId: z.string(),
      // There is no TLS on the loopback interface.
      ViewerProtocolPolicy: z.literal('https-only'),
    }),
    Enabled: Flag.pipe(z.literal(true)),
    HttpVersion: z.literal('http1.1'),
    IPV6Enabled: Ignored,
    Origins: z.array(Origin).length(1),
  }),
  Tags: Ignored,
})

/** A distribution in front of a bucket, with its viewer request function. */
export type Distribution = {
  arn: string
  bucket: string
  methods: readonly string[]
  /** Code of the function that answers a request or lets it through. */
  code: string
  /** The query parameters that are forwarded to the bucket. */
  forwards: readonly string[]
}

const found = <Item>(item: Item | undefined, name: string): Item => {
  if (item === undefined) throw new Error(`The distribution names ${name}, which is not in the template`)
  return item
}

/** The template's distribution, if it has one. @throws Error that names what is not emulated. */
export const readDistribution = (resources: Resources): Distribution | undefined => {
  const [distribution, ...others] = declared(
    resources,
    'AWS::CloudFront::Distribution',
    DistributionProperties,
  )
  if (!distribution) return undefined
  if (others.length > 0) throw new Error('More than one AWS::CloudFront::Distribution cannot be emulated')
  const { DefaultCacheBehavior: behavior, Origins } = distribution.properties.DistributionConfig
  const [association] = behavior.FunctionAssociations
  const gates = declared(resources, 'AWS::CloudFront::Function', FunctionProperties)
  const gate = found(
    gates.find(({ arn }) => arn === association?.FunctionARN),
    'a function',
  )
  const policies = declared(resources, 'AWS::CloudFront::CachePolicy', CachePolicyProperties)
  const policy = found(
    policies.find(({ physicalId }) => physicalId === behavior.CachePolicyId),
    'a cache policy',
  )
  const origin = found(
    Origins.find(({ Id }) => Id === behavior.TargetOriginId),
    'an origin',
  )
  const controls = declared(resources, 'AWS::CloudFront::OriginAccessControl', AccessControlProperties)
  found(
    controls.find(({ physicalId }) => physicalId === origin.OriginAccessControlId),
    'an access control',
  )
  return {
    arn: `arn:aws:cloudfront::${localAccountId}:distribution/${distribution.physicalId}`,
    bucket: origin.DomainName.replace(/\.s3\..*$/, ''),
    methods: behavior.AllowedMethods,
    code: gate.properties.FunctionCode,
    forwards:
      policy.properties.CachePolicyConfig.ParametersInCacheKeyAndForwardedToOrigin.QueryStringsConfig
        .QueryStrings,
  }
}
