import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { functionFiles } from '../../lib/functions/function-files.ts'
import { at, backend, everything } from './backend.ts'

const { roles, fn, one } = backend(everything)

const bucket = one('AWS::S3::Bucket', 'Uploads').arn
const packageBucket = one('AWS::S3::Bucket', 'Packages').arn
const probes = `${bucket}/groundcrew/storage-check*`
const files = `${packageBucket}/groundcrew/upgrade-packages/*`
const uploadRole = roles.find(({ logicalId }) => logicalId.includes('UploadRole'))?.arn

const names = functionFiles.map((file) => file.split('/').at(-1) ?? '')

/** The queues that a function reads. */
const queuesOf = (name: string): string[] =>
  fn(name).role.statements.flatMap(({ Action, Resource }) =>
    Action.includes('sqs:ReceiveMessage') ? Resource : [],
  )

test('A function reads no queue but its own', () => {
  for (const name of ['record-replies', 'record-progress', 'record-upgrades', 'verify-archives'])
    assert.equal(queuesOf(name).length, 1)
  assert.equal(new Set(names.flatMap(queuesOf)).size, 4)
})

test('No role has a right on every resource, nor an action with a wildcard', () => {
  for (const { statements, logicalId } of roles) {
    for (const { Effect, Action, Resource } of statements) {
      assert.equal(Effect, 'Allow', logicalId)
      assert.ok(Resource.length > 0, logicalId)
      assert.ok(!Resource.includes('*'), logicalId)
      assert.ok(!Action.some((action) => action.includes('*')), logicalId)
    }
  }
})

test('No function may scan or change a table, or check a condition on another item', () => {
  const read = ['GetItem', 'BatchGetItem', 'Query']
  const write = ['PutItem', 'UpdateItem', 'DeleteItem']
  const stream = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams']
  const allowed = [...read, ...write, ...stream].map((action) => `dynamodb:${action}`)
  for (const name of names)
    for (const { Action } of fn(name).role.statements)
      for (const action of Action.filter((one) => one.startsWith('dynamodb:')))
        assert.ok(allowed.includes(action), `${name} may ${action}`)
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

test('A rule may send only to its queues and to the failure queue', () => {
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

suite('With the environment variables of the rights', () => {
  test('functions that use the store know its name, and those that write also the retention', () => {
    for (const name of names.filter((other) => other !== 'check-storage'))
      assert.equal(at(fn(name).environment, 'TABLE_NAME'), one('AWS::DynamoDB::Table').physicalId)
    assert.equal(
      at(fn('record-progress').environment, 'RETENTION_DAYS'),
      '{"commands":30,"uploads":400,"upgrades":400,"rejected":30}',
    )
    assert.equal(at(fn('read-records').environment, 'RETENTION_DAYS'), undefined)
  })

  test('the lending function knows bucket, role and the unit that docks need', () => {
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

  test('functions that start uploads know the deployment’s options for retries and long uploads', () => {
    const other = backend({ autoRetries: 2, longUploads: 'split' })
    const { environment } = other.fn('start-log-upload')
    assert.deepEqual([at(environment, 'AUTO_RETRIES'), at(environment, 'LONG_UPLOADS')], ['2', 'split'])
    assert.equal(at(other.fn('continue-uploads').environment, 'LONG_UPLOADS'), 'split')
  })

  test('the function that records upgrades knows whether to answer requests for the time', () => {
    assert.equal(at(fn('record-upgrades').environment, 'TIME_SYNC'), 'on')
    assert.equal(at(backend({ timeSync: 'off' }).fn('record-upgrades').environment, 'TIME_SYNC'), 'off')
  })

  test('if another platform acknowledges events, our functions neither do nor may', () => {
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
