import '../support/quiet-logs.ts'

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'
import { rejectedStore } from '../../lambdas/rejected/store.ts'
import { createRepublisher } from '../../redrive/republish.ts'
import { startDynamoDb } from '../local/dynamodb/start.ts'
import { tableOn, tableProperties } from '../support/table.ts'

const Entries = z.object({
  Entries: z.array(z.object({ EventBusName: z.string(), DetailType: z.string(), Detail: z.string() })),
})
const Event = z.object({ id: z.string(), data: z.object({ record: z.object({ reason: z.string() }) }) })
const Page = z.object({
  Records: z.array(
    z.looseObject({
      dynamodb: z.looseObject({
        SequenceNumber: z.string(),
        NewImage: z.looseObject({ reason: z.object({ S: z.string() }) }),
      }),
    }),
  ),
})
const Iterator = z.object({ ShardIterator: z.string() })

/** A bus that may refuse all. */
const startBus = async (t: TestContext) => {
  const published: { bus: string; id: string; reason: string }[] = []
  const bus = { published, refuses: false, url: '' }
  const server = createServer(async (request, response) => {
    const { Entries: entries } = Entries.parse(await json(request))
    for (const { EventBusName, Detail } of bus.refuses ? [] : entries) {
      const { id, data } = Event.parse(JSON.parse(Detail))
      published.push({ bus: EventBusName, id, reason: data.record.reason })
    }
    const answer = entries.map(() => (bus.refuses ? { ErrorCode: 'InternalFailure' } : { EventId: 'x' }))
    response.end(JSON.stringify({ FailedEntryCount: bus.refuses ? entries.length : 0, Entries: answer }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  bus.url = `http://127.0.0.1:${Object(server.address()).port}`
  return bus
}

/** A table and its stream with some rejected messages, and what publishes them again. */
const open = async (t: TestContext) => {
  const streamed = { ...tableProperties(), StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' } }
  const database = await startDynamoDb({ tables: [streamed], lagMs: 0 })
  t.after(() => database.stop())
  const table = tableOn(database.endpoint)
  t.after(() => table.client.destroy())
  const bus = await startBus(t)
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const { republish, close } = createRepublisher(
    { region: 'eu-central-1', credentials },
    { dynamoDb: database.endpoint, streams: database.endpoint, eventBridge: bus.url },
    { stackName: 'Groundcrew', bus: 'Groundcrew' },
  )
  t.after(close)
  const fault = { path: '', sample: 'x', at: 1_800_000_000_000, times: 1 }
  // Of one partition: its items are spread over shards.
  const reasons = Array.from({ length: 19 }, (_, n) => `reason${n}`)
  for (const reason of reasons) await rejectedStore(table).add('DOCK1', [{ ...fault, reason }])
  const call = async (operation: string, input: object): Promise<unknown> =>
    JSON.parse((await database.answer(operation, JSON.stringify(input), 'anybody')).text)
  const [stream = assert.fail()] = database.streams.all
  const shards = await Promise.all(
    stream.shards.map(async ({ id: ShardId }) => {
      const of = { StreamArn: stream.arn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }
      const { ShardIterator } = Iterator.parse(await call('GetShardIterator', of))
      return { shardId: ShardId, records: Page.parse(await call('GetRecords', { ShardIterator })).Records }
    }),
  )
  const { shardId, records } = shards.find(({ records: { length } }) => length > 3) ?? assert.fail()
  const batch = (from: string, to: string) => ({
    kind: 'batch' as const,
    streamArn: stream.arn,
    shardId,
    from,
    to,
    size: records.length,
  })
  return { bus, republish, batch, records, stream }
}

test('A batch that was given up is read from the stream, no more and no less, with the same ids each time', async (t) => {
  const { bus, republish, batch, records } = await open(t)
  const numbers = records.map(({ dynamodb }) => dynamodb.SequenceNumber)
  const [from = '', to = ''] = [numbers[1], numbers[2]]
  assert.deepEqual(await republish(batch(from, to)), { outcome: 'published' })
  assert.deepEqual(await republish(batch(from, to)), { outcome: 'published' })
  assert.deepEqual(
    bus.published.map(({ reason }) => reason),
    [1, 2, 1, 2].map((n) => records[n]?.dynamodb.NewImage.reason.S),
  )
  assert.equal(new Set(bus.published.map(({ id }) => id)).size, 2)
})

test('A record that was put aside has the id that it has in the stream', async (t) => {
  const { bus, republish, batch, records, stream } = await open(t)
  const [record = assert.fail()] = records
  const { SequenceNumber: number } = record.dynamodb
  assert.deepEqual(await republish({ kind: 'record', streamArn: stream.arn, record }), {
    outcome: 'published',
  })
  assert.deepEqual(await republish(batch(number, number)), { outcome: 'published' })
  assert.equal(new Set(bus.published.map(({ id }) => id)).size, 1)
  assert.equal(bus.published.length, 2)
})

test('A record that cannot be read, or that the bus refuses, is not published; one that has left the stream is gone', async (t) => {
  const { bus, republish, batch, records, stream } = await open(t)
  const [record = assert.fail()] = records
  const broken = { ...record, dynamodb: { ...record.dynamodb, NewImage: { source: { N: '1' } } } }
  assert.equal((await republish({ kind: 'record', streamArn: stream.arn, record: broken })).outcome, 'failed')
  bus.refuses = true
  assert.equal((await republish({ kind: 'record', streamArn: stream.arn, record })).outcome, 'failed')
  assert.equal(
    (await republish({ kind: 'event', type: 'groundcrew.webhook.test.v1', at: 0, detail: '{}' })).outcome,
    'failed',
  )
  const [first = ''] = records.map(({ dynamodb }) => dynamodb.SequenceNumber)
  assert.equal((await republish({ ...batch(first, first), shardId: 'shardId-of-another' })).outcome, 'gone')
  assert.deepEqual(bus.published, [])
})
