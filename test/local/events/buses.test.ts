import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import * as z from 'zod'
import { eventPutter } from '../../../lambdas/events/bus.ts'
import type { Event } from '../../../lambdas/events/change-events.ts'
import { publishChanges } from '../../../lambdas/events/publish-changes.ts'
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
    name: 'rule',
    arn: 'arn:rule',
    busName: 'told',
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
    rules: [rule],
    clock,
    region,
    accountId,
    deliveries,
    onEvent: (event) => void seen.push(event),
  })
  const principals = createPrincipals({ roles: [teller], secret: 'secret', now: clock.now })
  const told = { name: 'told', arn: arnOf('told') }
  const server = await listen(
    createPutEvents({
      ...serviceAccess(principals, 'events', () => {}),
      accept: bus.accept,
      arnOf,
      buses: new Map([told.name, told.arn].map((key) => [key, told])),
    }),
  )
  t.after(server.close)
  const { credentials } = await principals.issue(teller.arn, { sessionName: 's', durationSeconds: 900 })
  const client = new EventBridgeClient({ region, credentials, endpoint: server.url, maxAttempts: 1 })
  t.after(() => client.destroy())
  const put = (...Entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries }))
  return { got, seen, put, disk, client }
}
const entry = (detail: unknown, more: PutEventsRequestEntry = {}): PutEventsRequestEntry => ({
  Source: 'groundcrew',
  DetailType: 'groundcrew.x',
  EventBusName: 'told',
  Detail: typeof detail === 'string' ? detail : JSON.stringify(detail),
  ...more,
})

test('an event goes to the matching rules of its bus; the bus is given by name or ARN', async (t) => {
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
      'MalformedDetail',
      'MalformedDetail',
      'NotAuthorizedForSourceException',
      'InvalidArgument',
      'InvalidArgument',
      undefined,
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

/** The numbers of the events that the bus took. */
const numbersOf = (seen: readonly BusEvent[]): unknown[] =>
  seen.map(({ detail }) => Object.entries(detail).find(([name]) => name === 'n')?.[1])

const event = (n: number, more: object = {}): Event => ({
  type: 'groundcrew.x',
  at: 1_790_000_000_000,
  detail: JSON.stringify({ kind: 'wanted', n, ...more }),
})
/** EventBridge takes integers of 64 bits, and no more than 1,100 levels. */
const unfit = (n: number) => event(n, { size: 2 ** 64 })
const deep = (n: number): Event => ({
  ...event(n),
  detail: `{"kind":"wanted","n":${n},"deep":${'['.repeat(1_100)}${']'.repeat(1_100)}}`,
})

test('what the bus refuses for what it is keeps no other from it, before it or after it', async (t) => {
  t.mock.method(console, 'error', () => {})
  const { seen, client, disk } = await world(t)
  const put = eventPutter(client, 'told')
  const events = [event(0), unfit(1), event(2), deep(3), ...Array.from({ length: 9 }, (_, n) => event(4 + n))]
  assert.deepEqual(await put(events), { retryable: new Set(), unacceptable: new Set([1, 3]) })
  assert.deepEqual(numbersOf(seen), [0, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  // One that fails its whole request by its size is found, and the others of that request are told.
  seen.length = 0
  const large = event(1, { text: 'x'.repeat(256 * 1024) })
  assert.deepEqual(await put([event(0), large, event(2)]), {
    retryable: new Set(),
    unacceptable: new Set([1]),
  })
  assert.deepEqual(numbersOf(seen), [0, 2])
  // What may be taken later holds up what comes after it.
  seen.length = 0
  disk.isFull = true
  const refusals = await put([unfit(0), ...Array.from({ length: 11 }, (_, n) => event(1 + n))])
  assert.deepEqual(refusals, {
    retryable: new Set(Array.from({ length: 9 }, (_, n) => 1 + n)),
    unacceptable: new Set([0]),
  })
})

test('a change whose event the bus never takes is put aside at once, and its shard goes on', async (t) => {
  t.mock.method(console, 'error', () => {})
  const { seen, client } = await world(t)
  const records = [0, 1, 2].map((n) => ({
    dynamodb: {
      Keys: { pk: { S: `${n}` }, sk: { S: 'X' } },
      NewImage: { size: { N: n === 1 ? `${2 ** 53 - 1}` : '1' } },
      SequenceNumber: `${n}`,
      ApproximateCreationDateTime: 1_790_000_000,
    },
  }))
  const aside: object[] = []
  const tell = publishChanges({
    sources: [
      {
        concerns: () => true,
        eventsOf: ({ key, after }) => {
          const { size } = z.object({ size: z.number() }).parse(after)
          const common = { type: 'groundcrew.package.proved.v1', subject: key.pk } as const
          return [{ ...common, record: { size: size * 4096 } }]
        },
      },
    ],
    source: '/groundcrew/Test',
    read: async () => [],
    put: eventPutter(client, 'told'),
    putAside: async (record) => void aside.push(record),
  })
  assert.deepEqual(await tell(records), [])
  assert.deepEqual(aside, [records[1]])
  assert.equal(seen.length, 2)
})

test('a delivery may come twice, and late; the event is one', async (t) => {
  const { got, seen, put } = await world(t, () => [0, 300])
  await put(entry({ kind: 'wanted' }))
  assert.deepEqual(
    got.map(([{ id }, delayMs]) => [id, delayMs]),
    [0, 300].map((delayMs) => [seen[0]?.id, delayMs]),
  )
})
