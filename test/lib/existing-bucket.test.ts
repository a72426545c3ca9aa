import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { s3SessionPolicy } from '../../lambdas/storage/credentials/s3-session-policy.ts'
import { functionFiles } from '../../lib/functions/function-files.ts'
import { evaluate } from '../../local/iam/evaluate.ts'
import { requirePolicy } from '../../local/iam/policy.ts'
import { at, backend, everything } from './backend.ts'

const kmsKeyArn = 'arn:aws:kms:eu-central-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const bucketArn = 'arn:aws:s3:::fleet-logs'
const existing = backend({ ...everything, packageDownloads: 'off', bucketName: 'fleet-logs', kmsKeyArn })

type Role = (typeof existing.roles)[number]

/** What a role may do with the key; one statement at most. */
const keyRights = ({ statements }: Role): unknown[] =>
  statements.filter(({ Action }) => Action.some((action) => action.startsWith('kms:')))
const throughS3 = (...actions: string[]) => [
  {
    Effect: 'Allow',
    Action: actions,
    Resource: [kmsKeyArn],
    Condition: { StringLike: { 'kms:ViaService': 's3.eu-central-1.amazonaws.com*' } },
  },
]

/** What a role may do with the bucket. */
const mayUse = (role: Role, action: string, resource: string, context = {}) => {
  const statements = role.statements.filter((statement) => !keyRights(role).includes(statement))
  const rights = requirePolicy({ Version: '2012-10-17', Statement: statements }, 'identity', role.logicalId)
  return evaluate({ identity: [rights] }, { action, resource, context })
}
const uploadRole = existing.roles.find(({ logicalId }) => logicalId.includes('UploadRole'))
assert.ok(uploadRole)

suite('A bucket that exists already', () => {
  test('is used and not created, and its events are expected', () => {
    assert.deepEqual(existing.ofType('AWS::S3::Bucket'), [])
    assert.deepEqual(existing.ofType('AWS::S3::BucketPolicy'), [])
    for (const name of ['start-log-upload', 'download-archive', 'delete-archive', 'sweep-uploads'])
      assert.equal(at(existing.fn(name).environment, 'UPLOAD_BUCKET'), 'fleet-logs', name)
    const patterns = existing.ofType('AWS::Events::Rule').map(({ properties }) => properties.EventPattern)
    assert.ok(patterns.some((pattern) => JSON.stringify(pattern)?.includes('"name":["fleet-logs"]')))
    assert.equal(existing.source.Outputs?.BucketName?.Value, 'fleet-logs')
  })

  test('has packages’ files in a folder of their own, the only one that their functions may use', () => {
    const object = (key: string) => `${bucketArn}/${key}`
    const file = object('groundcrew/upgrade-packages/p/u/fw.bin')
    for (const [name, action] of [
      ['manage-packages', 's3:PutObject'],
      ['prove-packages', 's3:GetObject'],
    ] as const) {
      const { role, environment } = existing.fn(name)
      assert.equal(at(environment, 'PACKAGE_BUCKET'), 'fleet-logs')
      assert.equal(mayUse(role, action, file), 'allow')
      assert.equal(mayUse(role, action, object('north/DOCK1/x')), 'implicitDeny')
    }
    // No serial number of a dock has a hyphen.
    const dock = { 'aws:PrincipalTag/fleet': 'groundcrew', 'aws:PrincipalTag/dockSn': 'upgrade' }
    assert.equal(mayUse(uploadRole, 's3:PutObject', file, dock), 'implicitDeny')
  })

  test('grants the same rights as the stack’s own', () => {
    const object = `${bucketArn}/north/DOCK1/x`
    const dock = { 'aws:PrincipalTag/fleet': 'north', 'aws:PrincipalTag/dockSn': 'DOCK1' }
    assert.equal(mayUse(uploadRole, 's3:PutObject', object, dock), 'allow')
    assert.equal(mayUse(uploadRole, 's3:PutObject', object.replace('DOCK1', 'DOCK2'), dock), 'implicitDeny')
    assert.equal(mayUse(existing.fn('delete-archive').role, 's3:DeleteObject', object), 'allow')
    assert.equal(mayUse(existing.fn('download-archive').role, 's3:GetObject', object), 'allow')
  })
})

suite('A key of AWS KMS', () => {
  test('lets docks write in one part or several, through S3 only', () =>
    assert.deepEqual(keyRights(uploadRole), throughS3('kms:Decrypt', 'kms:GenerateDataKey')))

  test('is in the session policy too, which would otherwise remove the right', () => {
    const decide = (action: string, policy: string) => {
      const anything = { Effect: 'Allow', Action: '*', Resource: '*' }
      const role = requirePolicy({ Version: '2012-10-17', Statement: [anything] }, 'identity', 'the role')
      const session = requirePolicy(JSON.parse(policy), 'identity', 'the session policy')
      return evaluate({ identity: [role], session }, { action, resource: kmsKeyArn, context: {} })
    }
    const keys = ['f'.repeat(64), 'e'.repeat(64)].map(
      (fleet) => `${fleet}/${'D'.repeat(32)}/2027-01-15/x/dock.tar`,
    )
    const policy = s3SessionPolicy(bucketArn, keys, { kmsKeyArn })
    assert.equal(decide('kms:GenerateDataKey', policy), 'allow')
    assert.equal(decide('kms:Decrypt', policy), 'allow')
    assert.equal(decide('kms:Decrypt', s3SessionPolicy(bucketArn, keys)), 'implicitDeny')
    assert.ok(policy.length <= 2048)
  })

  test('is known to lending functions', () => {
    for (const name of ['start-log-upload', 'lend-credentials', 'continue-uploads', 'check-storage'])
      assert.equal(at(existing.fn(name).environment, 'KMS_KEY_ARN'), kmsKeyArn)
  })

  test('lets functions read that make links or inspect storage, and no others', () => {
    const readers = functionFiles.filter(
      (file) => keyRights(existing.fn(file.split('/').at(-1) ?? '').role).length > 0,
    )
    assert.deepEqual(readers.sort(), [
      'api/check-storage',
      'api/download-archive',
      'api/manage-packages',
      'api/take-device-events',
      'clock/prove-packages',
      'clock/sweep-upgrades',
      'clock/sweep-uploads',
      'ingest/record-upgrades',
    ])
    for (const name of ['download-archive', 'sweep-uploads', 'prove-packages', 'record-upgrades'])
      assert.deepEqual(keyRights(existing.fn(name).role), throughS3('kms:Decrypt'))
  })

  test('makes ETags that are not MD5s, which comparing functions know', () => {
    for (const name of ['sweep-uploads', 'verify-archives'])
      assert.equal(at(existing.fn(name).environment, 'ETAG_IS_MD5'), 'no')
    assert.equal(at(backend().fn('verify-archives').environment, 'ETAG_IS_MD5'), undefined)
  })

  test('encrypts the stack’s own bucket, if there is no other', () => {
    const { one } = backend({ kmsKeyArn })
    const rules = at(
      one('AWS::S3::Bucket', 'Uploads').properties,
      'BucketEncryption',
      'ServerSideEncryptionConfiguration',
    )
    assert.deepEqual(rules, [
      {
        BucketKeyEnabled: true,
        ServerSideEncryptionByDefault: { KMSMasterKeyID: kmsKeyArn, SSEAlgorithm: 'aws:kms' },
      },
    ])
  })

  test('is named by its ARN, and has no effect outside AWS', () => {
    assert.throws(
      () => backend({ kmsKeyArn: 'arn:aws:kms:eu-central-1:000000000000:alias/logs' }),
      /kmsKeyArn/,
    )
    assert.throws(() => backend({ provider: 'minio', kmsKeyArn }), /kmsKeyArn: has no effect/)
  })
})
