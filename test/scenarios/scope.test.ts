import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { env as names } from '../../lambdas/runtime/env.ts'
import { newId } from '../../lambdas/runtime/new-id.ts'
import { lend } from '../../lambdas/storage/credentials/aws.ts'
import { s3SessionPolicy } from '../../lambdas/storage/credentials/s3-session-policy.ts'
import { objectKey } from '../../lambdas/storage/object-key.ts'
import { evaluate } from '../../local/iam/evaluate.ts'
import { requirePolicy } from '../../local/iam/policy.ts'
import { backend as stack } from '../lib/backend.ts'
import { dockByHand, lentBy } from '../support/dock-by-hand.ts'
import { minio, noMinio, openOnMinio } from '../support/minio.ts'
import { allLogs } from '../support/operator.ts'
import { s3AsDock } from '../support/s3-as-dock.ts'
import { contextOf, keyOf, rightsOf, type ScopeCase, scopeCases } from '../support/scope-cases.ts'
import { nameOf, proveScope } from '../support/scope-requests.ts'
import { newDockSn, newFleet, onlyLocal, shareBackend } from '../support/story.ts'

const shared = shareBackend()

/** What is lent may do what a dock needs, and nothing more: the same cases, in four places. */

/** The keys of an upload of both modules. */
const uploadOf = (dockSn: string, fleet: string) => {
  const createdAt = Date.now()
  const uploadId = newId(createdAt)
  const of = { fleet, dockSn, createdAt, uploadId }
  const keys = (['aircraft', 'dock'] as const).map((module) => objectKey({ ...of, module }))
  return { uploadId, dockSn, fleet, keys }
}

suite('what is lent, by the policies that the code builds,', () => {
  const { roles, one } = stack()
  const { arn: bucketArn = '' } = one('AWS::S3::Bucket', 'Uploads')
  const { fleet, dockSn, keys } = uploadOf('7CTDM0000000001', 'north')
  const { statements = [] } = roles.find(({ logicalId }) => logicalId.includes('UploadRole')) ?? {}
  const role = requirePolicy({ Version: '2012-10-17', Statement: statements }, 'identity', 'the upload role')
  const sessionPolicy = (onlyPlain: boolean) =>
    requirePolicy(
      JSON.parse(s3SessionPolicy(bucketArn, keys, { onlyPlain })),
      'identity',
      'the session policy',
    )
  const session = sessionPolicy(true)
  const onMinio = sessionPolicy(false)
  const ofBucket = requirePolicy(
    one('AWS::S3::BucketPolicy', 'Uploads').properties.PolicyDocument,
    'resource',
    'the bucket',
  )
  const anything = requirePolicy(
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
    'identity',
    'everything',
  )
  const caller = { kind: 'session', account: '000000000000', roleArn: 'role', sessionArn: 'session' } as const
  const context = { 'aws:PrincipalTag/fleet': fleet, 'aws:PrincipalTag/dockSn': dockSn }

  type Policies = { identity: (typeof role)[]; session?: typeof role; resource?: typeof role }
  const allowed = (it: ScopeCase, policies: Policies) => {
    const key = keyOf(it, keys)
    const resource = key === undefined ? bucketArn : `${bucketArn}/${key}`
    return rightsOf[it.operation].every(
      (action) =>
        evaluate(policies, {
          action,
          resource,
          caller,
          context: { ...context, ...contextOf[it.operation] },
        }) === 'allow',
    )
  }

  for (const it of scopeCases) {
    test(`on AWS, role and session policy together, ${nameOf(it)}`, () =>
      assert.equal(allowed(it, { identity: [role], session }), it.may))
    test(`on AWS, the session policy alone, ${nameOf(it)}`, () =>
      assert.equal(allowed(it, { identity: [anything], session }), it.may))
    if (it.onlyAws)
      test(`on AWS, the policy of the bucket alone, ${nameOf(it)}`, () =>
        assert.equal(allowed(it, { identity: [anything], resource: ofBucket }), it.may))
    else
      test(`on MinIO, the session policy alone, ${nameOf(it)}`, () =>
        assert.equal(allowed(it, { identity: [anything], session: onMinio }), it.may))
  }

  test('on AWS, by the role alone: nothing outside of the dock’s folder, and no reading', () => {
    for (const it of scopeCases) {
      const key = keyOf(it, keys)
      const inFolder = key?.startsWith(`${fleet}/${dockSn}/`) ?? false
      const uploads = rightsOf[it.operation].every((right) => /Put(Object)$|Abort|Parts$/.test(right))
      assert.equal(allowed(it, { identity: [role] }), inFolder && uploads && !it.onlyAws, it.name)
    }
  })
})

test('what is lent, by a start command, to a stock S3 client', async (t) => {
  const backend = await shared(t)
  const dock = await dockByHand(t, backend, { fleet: newFleet() })
  const lent = lentBy((await dock.startUpload(allLogs)).command)
  // A deployed stage has all of S3.
  await proveScope(t, { client: s3AsDock(t, lent), ...lent }, { isLocal: onlyLocal === false })
})

test('what is lent, by a MinIO server', { skip: noMinio }, async (t) => {
  const backend = await openOnMinio(t)
  const dock = await dockByHand(t, backend, { fleet: newFleet() })
  const lent = lentBy((await dock.startUpload(allLogs)).command)
  assert.equal(lent.endpoint, minio.url)
  await proveScope(t, { client: s3AsDock(t, lent), ...lent }, { isAws: false })
})

const {
  AWS_PROFILE,
  AWS_REGION,
  GROUNDCREW_SCOPE_BUCKET: bucket,
  GROUNDCREW_SCOPE_ROLE_ARN: roleArn,
} = process.env
const noAccount: string | false =
  AWS_PROFILE && AWS_REGION && bucket && roleArn
    ? false
    : 'AWS_PROFILE, AWS_REGION, GROUNDCREW_SCOPE_BUCKET and GROUNDCREW_SCOPE_ROLE_ARN name no account, bucket and role'

test('what is lent, by AWS itself', { skip: noAccount }, async (t) => {
  const upload = uploadOf(newDockSn(), newFleet())
  const { storage, credentials } = await lend({
    [names.bucket]: bucket,
    [names.uploadRole]: roleArn,
    [names.storageEndpoint]: `https://s3.${AWS_REGION}.amazonaws.com`,
    AWS_REGION,
    AWS_ENDPOINT_URL_S3: process.env.AWS_ENDPOINT_URL_S3,
  })({ ...upload, lifetimeSeconds: 900 })
  await proveScope(t, {
    client: s3AsDock(t, { ...storage, credentials }),
    bucket: storage.bucket,
    keys: upload.keys,
  })
})
