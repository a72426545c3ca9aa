import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import { createClock } from '../../../local/clock.ts'
import { createEventBus } from '../../../local/events/event-bus.ts'
import { type BusEvent, compilePattern } from '../../../local/events/pattern.ts'
import { createPutEvents } from '../../../local/events/put-events.ts'
import { createPrincipals } from '../../../local/iam/principals.ts'
import { listen } from '../../../local/servers.ts'
import { serviceAccess } from '../../../local/service-access.ts'

const region = 'eu-central-1'
const accountId = '000000000000'
const arnOf = (name: string) => `arn:aws:events:${region}:${accountId}:event-bus/${name}`

const teller = {
  arn: `arn:aws:iam::${accountId}:role/teller`,
  name: 'teller',
  policies: [
    {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'events:PutEvents', Resource: ['told', 'gone', 'default'].map(arnOf) },
      ],
    },
  ],
  trust: {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
    ],
  },
  maxSessionSeconds: 3600,
}

/** EventBridge with the bus `told` and a rule on it, behind its API, for one who may put into it. */
const world = async (t: TestContext, deliveries = () => [0]) => {
  const got: [BusEvent, number][] = []
  const seen: BusEvent[] = []
  const disk = { isFull: false }
  const rule = {
    ...{ name: 'rule', arn: 'arn:rule', busName: 'told' },
    matches: compilePattern({ source: ['groundcrew'], detail: { kind: ['wanted'] } }),
    targets: [
      (event: BusEvent, delayMs: number) => {
        if (disk.isFull) throw new Error('full')
        got.push([event, delayMs])
        return Promise.resolve()
      },
    ],
  }
  const clock = createClock()
  const bus = createEventBus({
    ...{ rules: [rule], clock, region, accountId, deliveries },
    onEvent: (event) => void seen.push(event),
  })
  const principals = createPrincipals({ roles: [teller], secret: 'secret', now: clock.now })
  const told = { name: 'told', arn: arnOf('told') }
  const server = await listen(
    createPutEvents({
      ...serviceAccess(principals, 'events', () => {}),
      ...{ accept: bus.accept, arnOf, buses: new Map([told.name, told.arn].map((key) => [key, told])) },
    }),
  )
  t.after(server.close)
  const { credentials } = await principals.issue(teller.arn, { sessionName: 's', durationSeconds: 900 })
  const client = new EventBridgeClient({ region, credentials, endpoint: server.url, maxAttempts: 1 })
  t.after(() => client.destroy())
  const put = (...Entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries }))
  return { got, seen, put, disk }
}
const entry = (detail: unknown, more: PutEventsRequestEntry = {}): PutEventsRequestEntry => ({
  ...{ Source: 'groundcrew', DetailType: 'groundcrew.x', EventBusName: 'told' },
  Detail: typeof detail === 'string' ? detail : JSON.stringify(detail),
  ...more,
})

test('an event goes to the rules of its bus that ask for it; the bus is named, or told by its ARN', async (t) => {
  const { got, seen, put } = await world(t)
  const wanted = { kind: 'wanted', n: 1 }
  const answer = await put(
    entry(wanted, { Time: new Date('2026-01-02T03:04:05Z') }),
    entry({ kind: 'other' }, { EventBusName: arnOf('told') }),
  )
  assert.equal(answer.FailedEntryCount, 0)
  assert.partialDeepStrictEqual(got, [
    [{ source: 'groundcrew', 'detail-type': 'groundcrew.x', time: '2026-01-02T03:04:05Z', detail: wanted }],
  ])
  assert.deepEqual(
    seen.map(({ id }) => id),
    answer.Entries?.map(({ EventId }) => EventId),
  )
})

test('each entry that is wrong fails by itself', async (t) => {
  const { got, put, disk } = await world(t)
  const wanted = { kind: 'wanted' }
  const answer = await put(
    entry('{'),
    entry('[1]'),
    entry(wanted, { Source: 'aws.s3' }),
    entry(wanted, { EventBusName: 'gone' }),
    entry(wanted, { DetailType: '' }),
    entry(wanted),
  )
  assert.deepEqual(
    answer.Entries?.map(({ ErrorCode }) => ErrorCode),
    [
      ...['MalformedDetail', 'MalformedDetail', 'NotAuthorizedForSourceException'],
      ...['InvalidArgument', 'InvalidArgument', undefined],
    ],
  )
  assert.equal(answer.FailedEntryCount, 5)
  assert.equal(got.length, 1)
  t.mock.method(console, 'error', () => {})
  disk.isFull = true
  assert.equal((await put(entry(wanted))).Entries?.[0]?.ErrorCode, 'InternalFailure')
})

test('more than ten entries, too many bytes, and a bus that the role may not use, fail the request', async (t) => {
  const { seen, put } = await world(t)
  await assert.rejects(put(...Array.from({ length: 11 }, () => entry({}))), /ValidationException/)
  const large = entry({ text: 'x'.repeat(131_072) })
  await assert.rejects(put(large, large), /ValidationException/)
  await assert.rejects(put(entry({}), entry({}, { EventBusName: 'other' })), {
    name: 'AccessDeniedException',
  })
  assert.deepEqual(seen, [])
})

test('a delivery may come twice, and late; the event is one', async (t) => {
  const { got, seen, put } = await world(t, () => [0, 300])
  await put(entry({ kind: 'wanted' }))
  assert.deepEqual(
    got.map(([{ id }, delayMs]) => [id, delayMs]),
    [0, 300].map((delayMs) => [seen[0]?.id, delayMs]),
  )
})
