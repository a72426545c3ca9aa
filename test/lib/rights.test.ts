import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { functionFiles } from '../../lib/function-files.ts'
import { at, backend, everything } from './backend.ts'

const { roles, fn, one } = backend(everything)

const table = one('AWS::DynamoDB::Table').arn
const bucket = one('AWS::S3::Bucket', 'Uploads').arn
const packageBucket = one('AWS::S3::Bucket', 'Packages').arn
const topics = 'arn:aws:iot:eu-central-1:000000000000:topic'
const uploadRole = roles.find(({ logicalId }) => logicalId.includes('UploadRole'))?.arn

const onAll = (actions: string[], ...arns: (string | undefined)[]) =>
  actions.flatMap((action) => arns.map((arn) => `${action} ${arn}`))

/**
 * What a function may do with the table: the actions by their names without `Item`, the queries by what they
 * go through.
 */
const on = (...uses: string[]) =>
  uses.map((use) =>
    use.startsWith('Query')
      ? `dynamodb:Query ${table}${use.slice('Query'.length)}`
      : `dynamodb:${use}Item ${table}`,
  )
const read = on('Get', 'BatchGet', 'Query')
const readAll = [...read, ...on('Query/index/byKind')]
const counts = on('Query/index/byCampaign')
const due = on('Query/index/due')
const command = [`iot:Publish ${topics}/thing/product/*/services`]
const acknowledge = [`iot:Publish ${topics}/thing/product/*/events_reply`]
const ask = [`iot:Publish ${topics}/oc/devices/*/sys/events/down`]
const lend = onAll(['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'], uploadRole)
const openArchives = [`s3:GetObject ${bucket}/*`, `s3:ListBucket ${bucket}`]

const files = `${packageBucket}/groundcrew/upgrade-packages/*`
const listPackages = `s3:ListBucket ${packageBucket}`
const openPackages = [`s3:GetObjectVersion ${files}`]
const signTokens = [`secretsmanager:GetSecretValue ${one('AWS::SecretsManager::Secret').arn}`]
const readPackages = [`s3:GetObject ${files}`, listPackages]
const managePackages = [
  ...onAll(['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'], files),
  ...onAll(['s3:GetObject', 's3:DeleteObject', 's3:DeleteObjectVersion'], files),
  listPackages,
]

const probes = `${bucket}/groundcrew/storage-check*`
const checkStorage = [
  ...lend,
  ...onAll(['s3:GetObject', 's3:DeleteObject'], probes),
  `s3:ListBucket ${bucket}`,
]

const expected: Record<string, string[]> = {
  'read-records': readAll,
  'register-docks': on('Update'),
  'manage-dock-accounts': [
    ...on('Get', 'BatchGet', 'Query/index/byKind', 'Put', 'Update', 'Delete'),
    'iot:DeleteConnection arn:aws:iot:eu-central-1:000000000000:client/*',
  ],
  'authorize-dock': on('Get', 'BatchGet', 'Put', 'Update'),
  'request-listing': [...on('Get', 'Put', 'Update', 'Delete'), ...command],
  'start-log-upload': [...read, ...on('Put', 'Update', 'Delete'), ...command, ...lend],
  'cancel-log-upload': [...on('Get', 'BatchGet', 'Put', 'Update'), ...command],
  'manage-debug-mode': [...on('Get', 'BatchGet', 'Put'), ...command],
  'lend-credentials': [...on('Get', 'BatchGet', 'Put'), ...lend],
  'download-archive': [...on('Get', 'BatchGet', 'Put'), ...openArchives, `s3:GetObjectVersion ${bucket}/*`],
  'delete-archive': [
    ...on('Get', 'BatchGet', 'Put', 'Update'),
    ...onAll(['s3:DeleteObject', 's3:DeleteObjectVersion'], `${bucket}/*`),
  ],
  'check-storage': checkStorage,
  'register-devices': on('Get', 'BatchGet', 'Update', 'Delete'),
  'remove-docks': [...read, ...on('Put', 'Update', 'Delete')],
  'manage-upgrades': [...on('Get', 'BatchGet', 'Put', 'Update'), ...ask],
  'manage-campaigns': [...read, ...on('Put', 'Update'), ...counts, ...ask],
  'manage-packages': [...on('Get', 'Query', 'Update'), ...managePackages],
  'read-upgrades': [...readAll, ...counts],
  'manage-organizations': [...readAll, ...on('Put', 'Update')],
  'answer-docks': [
    ...on('BatchGet', 'Query', 'Put', 'Update'),
    ...['requests_reply', 'events_reply', 'state_reply'].map(
      (name) => `iot:Publish ${topics}/thing/product/*/${name}`,
    ),
    `iot:Publish ${topics}/sys/product/*/status_reply`,
    `secretsmanager:GetSecretValue ${everything.dockLicenceSecretArn}`,
  ],
  'manage-collections': [...on('Get', 'BatchGet', 'Query/index/byKind', 'Put', 'Update', 'Delete')],
  'take-device-events': [...read, ...on('Put', 'Update'), ...ask, ...openPackages, ...signTokens],
  'record-replies': [...read, ...on('Put', 'Update'), ...command, ...acknowledge],
  'record-upgrades': [
    ...on('Get', 'BatchGet', 'Query', 'Put', 'Update'),
    ...[...ask, ...openPackages, ...signTokens],
  ],
  'record-progress': [...read, ...on('Put', 'Update'), ...command, ...acknowledge],
  'verify-archives': on('Get', 'Query', 'Put', 'Update'),
  'sweep-uploads': [...due, ...on('Get', 'BatchGet', 'Put', 'Update'), ...command, ...openArchives],
  'continue-uploads': [...due, ...read, ...on('Put', 'Update'), ...command, ...lend],
  'sweep-upgrades': [...due, ...on('Get', 'BatchGet', 'Put', 'Update'), ...ask, ...command, ...openPackages],
  'prove-packages': [...due, ...on('Get', 'Update'), ...readPackages],
  'tell-changes': [
    ...on('BatchGet'),
    ...onAll(
      ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map((name) => `dynamodb:${name}`),
      `${table}/stream/2026-01-01T00:00:00.000`,
    ),
    `events:PutEvents ${one('AWS::Events::EventBus').arn}`,
  ],
  'advance-collections': [...due, ...readAll, ...on('Put', 'Update'), ...command, ...lend],
  'run-collections': [...due, ...readAll, ...on('Put', 'Update'), ...command, ...lend],
  'manage-webhooks': on('Get', 'Query', 'Put', 'Update', 'Delete'),
  'send-webhooks': [...due, ...read, ...on('Put', 'Update')],
  'retry-webhooks': [...due, ...on('Get', 'BatchGet', 'Put', 'Update')],
  'sweep-campaigns': [...due, ...counts, ...readAll, ...on('Put', 'Update', 'Delete'), ...ask],
}

/** What comes with a function by itself: its log, its queue, its failures. */
const own = /^(logs:(CreateLogStream|PutLogEvents)|sqs:\w+) arn:/

const rightsOf = (name: string): string[] =>
  fn(name)
    .role.statements.flatMap(({ Effect, Action, Resource }) => {
      assert.equal(Effect, 'Allow')
      return Action.flatMap((action) => Resource.map((resource) => `${action} ${resource}`))
    })
    .sort()

suite('A function has exactly the rights it needs', () => {
  for (const file of functionFiles) {
    const name = file.split('/').at(-1) ?? ''
    test(name, () => {
      const rights = rightsOf(name)
      assert.deepEqual(
        rights.filter((right) => !own.test(right)),
        [...(expected[name] ?? [])].sort(),
      )
    })
  }
})

test('A function reads no queue but its own', () => {
  for (const name of ['record-replies', 'record-progress', 'record-upgrades', 'verify-archives']) {
    const queues = rightsOf(name).filter((right) => right.startsWith('sqs:ReceiveMessage '))
    assert.equal(queues.length, 1)
  }
  const readers = functionFiles.flatMap((file) =>
    rightsOf(file.split('/').at(-1) ?? '').filter((right) => right.startsWith('sqs:ReceiveMessage ')),
  )
  assert.equal(new Set(readers).size, 4)
})

test('No role has a right on every resource, nor an action with a wildcard', () => {
  for (const { statements, logicalId } of roles) {
    for (const { Action, Resource } of statements) {
      assert.ok(Resource.length > 0, logicalId)
      assert.ok(!Resource.includes('*'), logicalId)
      assert.ok(!Action.some((action) => action.includes('*')), logicalId)
    }
  }
})

test('One function may delete archives, and no other', () => {
  const deleters = roles.filter(({ statements }) =>
    statements.some(
      ({ Action, Resource }) =>
        Action.some((action) => /^s3:Delete/.test(action)) &&
        Resource.some((one) => one !== probes && one !== files),
    ),
  )
  assert.deepEqual(
    deleters.map(({ arn }) => arn),
    [fn('delete-archive').role.arn],
  )
})

test('A rule may send to its queues and to the queue for failures, and to nothing else', () => {
  const rules = roles.filter(({ logicalId }) => /^Ingest(dock|connections|relayedPresence)/.test(logicalId))
  assert.equal(rules.length, 5)
  for (const { logicalId, statements } of rules) {
    const resources = statements.flatMap(({ Action, Resource }) => {
      assert.deepEqual(Action, ['sqs:SendMessage'])
      return Resource
    })
    assert.equal(resources.length, logicalId.includes('dockProgress') ? 3 : 2)
  }
  const all = rules.flatMap(({ statements }) => statements.flatMap(({ Resource }) => Resource))
  assert.equal(new Set(all).size, 3)
})

suite('With the environment that belongs to the rights', () => {
  test('who uses the store knows its name, who writes also how long to keep records', () => {
    for (const file of functionFiles.filter((one) => one !== 'api/check-storage')) {
      const { environment } = fn(file.split('/').at(-1) ?? '')
      assert.equal(at(environment, 'TABLE_NAME'), one('AWS::DynamoDB::Table').physicalId)
    }
    assert.equal(
      at(fn('record-progress').environment, 'RETENTION_DAYS'),
      '{"commands":30,"uploads":400,"upgrades":400,"rejected":30}',
    )
    assert.equal(at(fn('read-records').environment, 'RETENTION_DAYS'), undefined)
  })

  test('the lending function knows bucket, role and the unit that docks want', () => {
    assert.deepEqual(fn('start-log-upload').environment, {
      TABLE_NAME: one('AWS::DynamoDB::Table').physicalId,
      RETENTION_DAYS: '{"commands":30,"uploads":400,"upgrades":400,"rejected":30}',
      UPLOAD_BUCKET: one('AWS::S3::Bucket', 'Uploads').physicalId,
      STORAGE_ENDPOINT: 'https://s3.eu-central-1.amazonaws.com',
      UPLOAD_ROLE_ARN: uploadRole,
      EXPIRE_UNIT: 'milliseconds',
      AUTO_RETRIES: '0',
      LONG_UPLOADS: 'refuse',
      GROUPS_CLAIM: 'cognito:groups',
    })
  })

  test('who starts uploads knows what the deployment wants of retries and of long ones', () => {
    const other = backend({ autoRetries: 2, longUploads: 'split' })
    const { environment } = other.fn('start-log-upload')
    assert.deepEqual([at(environment, 'AUTO_RETRIES'), at(environment, 'LONG_UPLOADS')], ['2', 'split'])
    assert.equal(at(other.fn('continue-uploads').environment, 'LONG_UPLOADS'), 'split')
  })

  test('who records upgrades knows whether to tell devices the time', () => {
    assert.equal(at(fn('record-upgrades').environment, 'TIME_SYNC'), 'on')
    assert.equal(at(backend({ timeSync: 'off' }).fn('record-upgrades').environment, 'TIME_SYNC'), 'off')
  })

  test('where another platform acknowledges events, ours neither does nor may', () => {
    const other = backend({ ackEvents: 'off', iotEndpoint: 'abc-ats.iot.eu-central-1.amazonaws.com' })
    for (const name of ['record-progress', 'record-replies']) {
      const { environment, role } = other.fn(name)
      assert.equal(at(environment, 'ACKNOWLEDGE_EVENTS'), 'off')
      const may = role.statements.filter(({ Action }) => Action.includes('iot:Publish'))
      assert.ok(!may.some(({ Resource }) => Resource.some((topic) => topic.includes('events_reply'))))
    }
    assert.equal(
      at(other.fn('cancel-log-upload').environment, 'IOT_ENDPOINT'),
      'https://abc-ats.iot.eu-central-1.amazonaws.com',
    )
  })
})
