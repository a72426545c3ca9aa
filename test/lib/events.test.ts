import assert from 'node:assert/strict'
import { afterEach, suite, test } from 'node:test'
import { at, backend, template } from './backend.ts'

const { one, ofType, fn } = backend()
const bus = one('AWS::Events::EventBus')
const table = one('AWS::DynamoDB::Table')
const failures = one('AWS::SQS::Queue', 'EventsEventFailures')
const [mapping] = ofType('AWS::Lambda::EventSourceMapping').filter(({ logicalId }) =>
  /Changes/.test(logicalId),
)

suite('The stream of the table', () => {
  test('has both images, and everything else about the table is unchanged', () => {
    const { StreamSpecification, ...rest } = table.properties
    assert.deepEqual(StreamSpecification, { StreamViewType: 'NEW_AND_OLD_IMAGES' })
    assert.equal(table.logicalId, 'StoreTable0CCFA19B')
    assert.deepEqual(rest.KeySchema, [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ])
  })

  test('starts one function, retries failed records alone for twenty hours, and then reports their position', () => {
    assert.deepEqual(mapping?.properties, {
      BatchSize: 100,
      BisectBatchOnFunctionError: true,
      DestinationConfig: { OnFailure: { Destination: failures.arn } },
      EventSourceArn: `${table.arn}/stream/2026-01-01T00:00:00.000`,
      FunctionName: fn('tell-changes').physicalId,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRecordAgeInSeconds: 72_000,
      MaximumRetryAttempts: -1,
      StartingPosition: 'TRIM_HORIZON',
    })
    assert.ok(
      fn('tell-changes').role.statements.some(
        ({ Action, Resource }) => Action.includes('sqs:SendMessage') && Resource.includes(failures.arn ?? ''),
      ),
    )
  })
})

suite('The bus', () => {
  const saved = { ...process.env }
  afterEach(() => {
    for (const name of ['CDK_DEFAULT_REGION', 'CDK_DEFAULT_ACCOUNT']) {
      delete process.env[name]
      if (saved[name] !== undefined) process.env[name] = saved[name]
    }
  })
  const own = (region: string, account: string) => `arn:aws:events:${region}:${account}:event-bus/everybody`

  test('has the name of the stack, by which others add rules to it', () => {
    assert.equal(bus.properties.Name, 'Groundcrew')
    assert.deepEqual(at(fn('tell-changes').environment, 'EVENT_BUS_ARN'), bus.arn)
    assert.equal(at(fn('tell-changes').environment, 'EVENT_SOURCE'), '/groundcrew/Groundcrew')
  })

  test('may be an existing one, which is not created', () => {
    const eventBusArn = own('eu-central-1', '123456789012')
    const other = backend({ eventBusArn })
    assert.deepEqual(other.ofType('AWS::Events::EventBus'), [])
    assert.equal(at(other.fn('tell-changes').environment, 'EVENT_BUS_ARN'), eventBusArn)
    assert.ok(
      other
        .fn('tell-changes')
        .role.statements.some(
          ({ Action, Resource }) => Action.includes('events:PutEvents') && Resource.includes(eventBusArn),
        ),
    )
  })

  test('of another region or account, or an invalid one, is refused before anything is deployed', () => {
    process.env.CDK_DEFAULT_REGION = 'eu-central-1'
    process.env.CDK_DEFAULT_ACCOUNT = '123456789012'
    assert.throws(
      () => template({ eventBusArn: own('eu-west-1', '123456789012') }),
      /eventBusArn: must be in the stack’s region, eu-central-1/,
    )
    assert.throws(
      () => template({ eventBusArn: own('eu-central-1', '210987654321') }),
      /eventBusArn: must be in the stack’s account, 123456789012/,
    )
    assert.throws(
      () => template({ eventBusArn: 'arn:aws:sqs:eu-central-1:123456789012:everybody' }),
      /eventBusArn: must be the ARN of an event bus/,
    )
  })
})
