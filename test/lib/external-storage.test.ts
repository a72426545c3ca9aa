import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { at, backend } from './backend.ts'

const storageSecretArn = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:groundcrew/storage-AbCdEf'
const minio = {
  provider: 'minio',
  storageEndpoint: 'https://minio.example.com/',
  storageRegion: 'us-east-1',
  bucketName: 'dock-logs',
  storageSecretArn,
}
const ali = {
  ...minio,
  provider: 'ali',
  storageEndpoint: 'https://oss-cn-hangzhou.aliyuncs.com',
  storageRegion: 'cn-hangzhou',
  aliRoleArn: 'acs:ram::1234567890:role/upload',
}

const storageOf = (environment: unknown): Record<string, unknown> =>
  Object.fromEntries(
    ['STORAGE_ENDPOINT', 'STORAGE_REGION', 'UPLOAD_BUCKET', 'STORAGE_SECRET_ARN', 'DOCK_STORAGE_ENDPOINT']
      .map((name) => [name, at(environment, name)])
      .filter(([, value]) => value !== undefined),
  )

const onMinio = backend({ ...minio, dockStorageEndpoint: 'http://10.0.0.5:9000' })

suite('Storage outside AWS', () => {
  test('creates no bucket, no role for docks, and no consumer of storage events', () => {
    assert.deepEqual(onMinio.ofType('AWS::S3::Bucket'), [])
    const named = [...onMinio.resources.keys()].filter((id) =>
      /^Uploads|^Ingestarchives|ObjectCreated/.test(id),
    )
    assert.deepEqual(named, [])
    const polled = (of: ReturnType<typeof backend>) => of.ofType('AWS::Lambda::EventSourceMapping').length
    assert.equal(polled(onMinio), polled(backend()) - 1)
    assert.equal(onMinio.source.Outputs?.BucketName?.Value, 'dock-logs')
  })

  const needing = ['start-log-upload', 'download-archive', 'sweep-uploads']
  for (const name of needing)
    test(`lets ${name} read the key pair, and gives it no right on S3 or a role`, () => {
      const statements = onMinio.fn(name).role.statements
      assert.deepEqual(
        statements.filter(({ Action }) => /^(secretsmanager|s3|sts):/.test(Action.join())),
        [
          {
            Effect: 'Allow',
            Action: ['secretsmanager:GetSecretValue'],
            Resource: [storageSecretArn],
          },
        ],
      )
    })

  test('gives the key pair to no other function', () => {
    const readers = onMinio.roles.filter(({ statements }) =>
      statements.some(({ Resource }) => Resource.includes(storageSecretArn)),
    )
    for (const { arn } of readers) {
      const holder = onMinio.ofType('AWS::Lambda::Function').find(({ properties }) => properties.Role === arn)
      assert.ok(holder && at(holder.properties, 'Environment', 'Variables', 'STORAGE_SECRET_ARN'))
    }
    assert.ok(!JSON.stringify(onMinio.fn('read-records').environment).includes('STORAGE'))
  })

  test('is where the options say, and docks may have an endpoint of their own', () => {
    const expected = {
      STORAGE_ENDPOINT: 'https://minio.example.com',
      STORAGE_REGION: 'us-east-1',
      UPLOAD_BUCKET: 'dock-logs',
      STORAGE_SECRET_ARN: storageSecretArn,
    }
    assert.deepEqual(storageOf(onMinio.fn('sweep-uploads').environment), expected)
    assert.deepEqual(storageOf(onMinio.fn('start-log-upload').environment), {
      ...expected,
      DOCK_STORAGE_ENDPOINT: 'http://10.0.0.5:9000',
    })
  })

  test('of Alibaba Cloud also has a role to lend', () => {
    const lending = backend(ali).fn('start-log-upload').environment
    assert.equal(at(lending, 'ALI_ROLE_ARN'), ali.aliRoleArn)
    assert.equal(at(lending, 'ALI_STS_ENDPOINT'), undefined)
    assert.equal(at(backend(ali).fn('sweep-uploads').environment, 'ALI_ROLE_ARN'), undefined)
  })
})

suite('Storage in AWS', () => {
  test('is reached at the endpoint of the partition', () => {
    const usual = backend()
    assert.equal(
      at(usual.fn('start-log-upload').environment, 'STORAGE_ENDPOINT'),
      'https://s3.eu-central-1.amazonaws.com',
    )
    const [raw] = Object.entries(usual.source.Resources).filter(([id]) => /startloguploadFunction/.test(id))
    const value = at(raw?.[1].Properties, 'Environment', 'Variables', 'STORAGE_ENDPOINT')
    assert.ok(JSON.stringify(value).includes('"AWS::URLSuffix"'), 'amazonaws.com.cn in China')
  })
})
