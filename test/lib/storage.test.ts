import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { table } from '../../lambdas/table/schema.ts'
import type { RequestContext } from '../../local/iam/context.ts'
import { evaluate } from '../../local/iam/evaluate.ts'
import { requirePolicy } from '../../local/iam/policy.ts'
import { at, backend } from './backend.ts'

const { source, one, roles, fn } = backend()
const raw = (id: string) => source.Resources[id]

suite('The table', () => {
  const { logicalId, properties } = one('AWS::DynamoDB::Table')

  test('survives mistakes, and outlives the stack', () => {
    assert.equal(properties.DeletionProtectionEnabled, true)
    assert.equal(at(properties, 'PointInTimeRecoverySpecification', 'PointInTimeRecoveryEnabled'), true)
    assert.equal(raw(logicalId)?.DeletionPolicy, 'Retain')
    assert.equal(raw(logicalId)?.UpdateReplacePolicy, 'Retain')
  })

  test('costs what is used, up to a limit', () => {
    assert.equal(properties.BillingMode, 'PAY_PER_REQUEST')
    const limit = { MaxReadRequestUnits: 1000, MaxWriteRequestUnits: 1000 }
    assert.deepEqual(properties.OnDemandThroughput, limit)
    const tighter = backend({ maxWriteUnits: '50', maxReadUnits: 20 }).one('AWS::DynamoDB::Table').properties
    assert.deepEqual(tighter.OnDemandThroughput, { MaxReadRequestUnits: 20, MaxWriteRequestUnits: 50 })
  })

  test('has the keys and indexes that the store needs', () => {
    assert.deepEqual(properties.KeySchema, [
      { AttributeName: table.partitionKey, KeyType: 'HASH' },
      { AttributeName: table.sortKey, KeyType: 'RANGE' },
    ])
    assert.deepEqual(properties.TimeToLiveSpecification, { AttributeName: table.timeToLive, Enabled: true })
    assert.deepEqual(
      properties.GlobalSecondaryIndexes,
      Object.values(table.indexes).map(({ name, partitionKey, sortKey, attributes }) => ({
        IndexName: name,
        KeySchema: [
          { AttributeName: partitionKey.name, KeyType: 'HASH' },
          { AttributeName: sortKey.name, KeyType: 'RANGE' },
        ],
        Projection:
          attributes.length > 0
            ? { ProjectionType: 'INCLUDE', NonKeyAttributes: [...attributes] }
            : { ProjectionType: 'KEYS_ONLY' },
      })),
    )
  })
})

suite('The bucket', () => {
  const { logicalId, properties } = one('AWS::S3::Bucket', 'Uploads')

  test('is closed to the public and to other accounts, and outlives the stack', () => {
    assert.deepEqual(properties.PublicAccessBlockConfiguration, {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    })
    assert.deepEqual(properties.OwnershipControls, { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] })
    assert.equal(raw(logicalId)?.DeletionPolicy, 'RetainExceptOnCreate')
    assert.equal(raw(logicalId)?.UpdateReplacePolicy, 'Retain')
  })

  test('sends events about its objects to EventBridge without a function of the CDK', () => {
    const on = at(properties, 'NotificationConfiguration', 'EventBridgeConfiguration', 'EventBridgeEnabled')
    assert.equal(on, true)
  })

  test('keeps overwritten versions', () =>
    assert.deepEqual(properties.VersioningConfiguration, { Status: 'Enabled' }))

  test('deletes archives after 90 days, or archiveDays, old versions and abandoned parts sooner', () => {
    const rules = (days: number, old: number) => [
      {
        Id: 'AbandonedUploads',
        Status: 'Enabled',
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
      },
      {
        Id: 'Retention',
        Status: 'Enabled',
        ExpirationInDays: days,
        NoncurrentVersionExpiration: { NoncurrentDays: old },
      },
    ]
    assert.deepEqual(at(properties, 'LifecycleConfiguration', 'Rules'), rules(90, 14))
    const longer = backend({ archiveDays: 365 }).one('AWS::S3::Bucket', 'Uploads').properties
    assert.deepEqual(at(longer, 'LifecycleConfiguration', 'Rules'), rules(365, 14))
    const shorter = backend({ archiveDays: 7 }).one('AWS::S3::Bucket', 'Uploads').properties
    assert.deepEqual(at(shorter, 'LifecycleConfiguration', 'Rules'), rules(7, 7))
  })

  test('refuses requests without TLS', () => {
    const policy = requirePolicy(
      one('AWS::S3::BucketPolicy', 'Uploads').properties.PolicyDocument,
      'resource',
      'the bucket',
    )
    const get = (secure: string) =>
      evaluate(
        { identity: [allowAll], resource: policy },
        {
          action: 's3:GetObject',
          resource: `${one('AWS::S3::Bucket', 'Uploads').arn}/north/DOCK1/a.tar`,
          caller: {
            kind: 'session',
            account: '000000000000',
            roleArn: fn('download-archive').role.arn,
            sessionArn: '',
          },
          context: { 'aws:SecureTransport': secure },
        },
      )
    assert.equal(get('false'), 'explicitDeny')
    assert.equal(get('true'), 'allow')
  })
})

const allowAll = requirePolicy(
  { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
  'identity',
  'the test',
)

suite('The role that is lent to docks', () => {
  const role = roles.find(({ logicalId }) => logicalId.includes('UploadRole'))
  assert.ok(role)
  const bucket = one('AWS::S3::Bucket', 'Uploads').arn
  const rights = requirePolicy({ Version: '2012-10-17', Statement: role.statements }, 'identity', 'the role')
  const trust = requirePolicy(role.trust, 'trust', 'the role')

  const mayUse = (action: string, key: string, tags: RequestContext = northDock1) =>
    evaluate({ identity: [rights] }, { action, resource: `${bucket}/${key}`, context: tags })

  test('uploads to the folder of the dock in its tags', () => {
    for (const action of ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'])
      assert.equal(mayUse(action, 'north/DOCK1/2026-11-21/id/dock.tar'), 'allow')
  })

  test('reaches no other folder', () => {
    for (const key of ['north/DOCK2/x', 'south/DOCK1/x', 'north/DOCK11/x', 'DOCK1/x', 'north/x'])
      assert.equal(mayUse('s3:PutObject', key), 'implicitDeny', key)
    assert.equal(mayUse('s3:PutObject', 'north/DOCK1/x', {}), 'implicitDeny')
  })

  test('neither reads, lists nor deletes', () => {
    const versions = ['s3:GetObjectVersion', 's3:DeleteObjectVersion', 's3:ListBucketVersions']
    const others = ['s3:GetObject', 's3:DeleteObject', 's3:ListBucket', 's3:PutObjectAcl']
    for (const action of [...others, ...versions])
      assert.equal(mayUse(action, 'north/DOCK1/x'), 'implicitDeny', action)
  })

  const open = (by: string, action: string, tags: Record<string, string>) => {
    const roleArn = fn(by).role.arn
    return evaluate(
      { identity: [allowAll], resource: trust, resourceMustAllow: true },
      {
        action,
        resource: role.arn,
        caller: { kind: 'session', account: '000000000000', roleArn, sessionArn: `${roleArn}/session` },
        context: {
          ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
          'aws:TagKeys': Object.keys(tags),
        },
      },
    )
  }

  test('is assumed by the lending function, with both tags and no others', () => {
    const both = { fleet: 'north', dockSn: 'DOCK1' }
    assert.equal(open('start-log-upload', 'sts:AssumeRole', both), 'allow')
    assert.equal(open('start-log-upload', 'sts:TagSession', both), 'allow')
    assert.equal(open('start-log-upload', 'sts:SetSourceIdentity', both), 'allow')
    for (const tags of [{}, { fleet: 'north' }, { dockSn: 'DOCK1' }, { ...both, more: 'x' }])
      assert.notEqual(open('start-log-upload', 'sts:AssumeRole', tags), 'allow', JSON.stringify(tags))
    assert.notEqual(open('cancel-log-upload', 'sts:AssumeRole', both), 'allow')
  })

  test('is lent for an hour at most', () => {
    assert.equal(raw(role.logicalId)?.Properties?.MaxSessionDuration, 3600)
  })
})

const northDock1 = { 'aws:PrincipalTag/fleet': 'north', 'aws:PrincipalTag/dockSn': 'DOCK1' }

suite('The bucket of packages', () => {
  const { logicalId, properties } = one('AWS::S3::Bucket', 'Packages')

  test('is as closed as the other, and outlives the stack', () => {
    const { properties: other } = one('AWS::S3::Bucket', 'Uploads')
    for (const name of ['PublicAccessBlockConfiguration', 'OwnershipControls', 'BucketEncryption'])
      assert.deepEqual(properties[name], other[name], name)
    assert.equal(raw(logicalId)?.DeletionPolicy, 'RetainExceptOnCreate')
  })

  test('keeps proved files until somebody deletes them', () => {
    assert.deepEqual(properties.VersioningConfiguration, { Status: 'Enabled' })
    assert.deepEqual(at(properties, 'LifecycleConfiguration', 'Rules'), [
      {
        Id: 'AbandonedUploads',
        Status: 'Enabled',
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
      },
      {
        Id: 'Leftovers',
        Status: 'Enabled',
        ExpiredObjectDeleteMarker: true,
        NoncurrentVersionExpiration: { NoncurrentDays: 14 },
      },
    ])
  })

  test('accepts files only from the console’s pages', () => {
    const rulesWith = (context: Record<string, unknown>): unknown =>
      at(backend(context).one('AWS::S3::Bucket', 'Packages').properties.CorsConfiguration, 'CorsRules')
    assert.deepEqual(at(properties, 'CorsConfiguration', 'CorsRules'), [
      {
        AllowedHeaders: ['content-md5', 'x-amz-checksum-sha256'],
        AllowedMethods: ['PUT'],
        AllowedOrigins: ['http://localhost:*', 'http://127.0.0.1:*'],
        MaxAge: 3000,
      },
    ])
    assert.match(
      JSON.stringify(rulesWith({ consoleUrl: 'https://d1.cloudfront.net/' })),
      /"AllowedOrigins":\["https:\/\/d1\.cloudfront\.net"\]/,
    )
  })

  test('gives its functions more time than a sweep has', () => {
    assert.equal(fn('prove-packages').properties.Timeout, 900)
    assert.equal(fn('sweep-uploads').properties.Timeout, 50)
  })
})
