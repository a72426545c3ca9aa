import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'
import { createClock } from '../../../local/clock.ts'
import { type ChaosOptions, createChaos } from '../../../local/queues/chaos.ts'
import { type MappingSettings, startMapping } from '../../../local/queues/event-source-mapping.ts'
import { openMessageStore } from '../../../local/queues/message-store.ts'
import { openQueue, type QueueSettings } from '../../../local/queues/queue.ts'

const region = 'eu-central-1'
const arn = (name: string) => `arn:aws:sqs:${region}:000000000000:${name}`
const settings = (name: string, more: Partial<QueueSettings> = {}): QueueSettings => ({
  name,
  arn: arn(name),
  url: `https://sqs.${region}.amazonaws.com/000000000000/${name}`,
  visibilitySeconds: 180,
  delaySeconds: 0,
  retentionSeconds: 345_600,
  maximumBytes: 1_048_576,
  ...more,
})

/** A queue `work` with the dead-letter queue `dead`, over a store in memory or in a file. */
const queues = (t: TestContext, more: Partial<QueueSettings> = {}, chaos?: ChaosOptions, path?: string) => {
  const store = openMessageStore(path)
  const clock = createClock()
  const needs = { store, clock, region, chaos: chaos && createChaos(chaos) }
  const dead = openQueue(settings('dead'), needs)
  const work = openQueue(
    settings('work', { redrive: { arn: arn('dead'), maxReceiveCount: 5 }, ...more }),
    needs,
  )
  const close = () => {
    work.close()
    dead.close()
    store.close()
  }
  t.after(() => {
    try {
      close()
    } catch {}
  })
  return { work, dead, clock, close }
}

test('a received message is hidden for the visibility timeout and then comes back, counted', (t) => {
  const { work, clock } = queues(t)
  work.send('hello')
  const [first] = work.receive(10)
  assert.equal(first?.body, 'hello')
  assert.equal(first.receiveCount, 1)
  assert.deepEqual(work.receive(10), [])
  clock.advance(179_000)
  assert.deepEqual(work.receive(10), [])
  clock.advance(1_000)
  const [second] = work.receive(10)
  assert.equal(second?.messageId, first.messageId)
  assert.equal(second.receiveCount, 2)
  assert.equal(second.firstReceivedAt, first.firstReceivedAt)
})

test('a receipt is good for its own receive alone', (t) => {
  const { work, clock } = queues(t)
  work.send('hello')
  const [first] = work.receive(1)
  clock.advance(180_000)
  const [second] = work.receive(1)
  work.delete(first?.receiptHandle ?? '')
  work.changeVisibility(first?.receiptHandle ?? '', 0)
  assert.equal(work.peek().length, 1)
  assert.equal(work.visible(), 0)
  work.delete(second?.receiptHandle ?? '')
  assert.equal(work.peek().length, 0)
})

test('after maxReceiveCount receives a message moves to the dead-letter queue', (t) => {
  const { work, dead, clock } = queues(t)
  work.send('poison')
  for (let receive = 1; receive <= 5; receive++) {
    assert.equal(work.receive(1)[0]?.receiveCount, receive)
    clock.advance(180_000)
  }
  assert.deepEqual(work.receive(1), [])
  assert.deepEqual(work.peek(), [])
  assert.deepEqual(
    dead.peek().map((message) => message.body),
    ['poison'],
  )
})

test('a delay and the retention period are honoured, and a large message is refused', (t) => {
  const { work, clock } = queues(t, { delaySeconds: 30, retentionSeconds: 60, maximumBytes: 10 })
  work.send('later')
  assert.deepEqual(work.receive(1), [])
  clock.advance(30_000)
  assert.equal(work.visible(), 1)
  clock.advance(31_000)
  assert.deepEqual(work.receive(1), [])
  assert.deepEqual(work.peek(), [])
  assert.throws(() => work.send('eleven byte'), /work: a message may have 10 bytes at most/)
})

test('accepted messages are there after a restart', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'queues-'))
  t.after(() => rm(directory, { recursive: true }))
  const path = join(directory, 'queues.sqlite')
  const before = queues(t, {}, undefined, path)
  before.work.send('one')
  before.work.send('two')
  before.work.delete(before.work.receive(1)[0]?.receiptHandle ?? '')
  before.close()
  const after = queues(t, {}, undefined, path)
  assert.deepEqual(
    after.work.receive(10).map((message) => message.body),
    ['two'],
  )
})

/** A turn of the event loop. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

const Event = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) })

/** A mapping whose function answers what `answer` says; `batches` holds the bodies of every batch. */
const mapping = (
  t: TestContext,
  answer: (records: { messageId: string; body: string }[]) => unknown,
  more: Partial<MappingSettings> = {},
  options: { chaos?: ChaosOptions; redeliverAfterSeconds?: number } = {},
) => {
  const { work, dead, clock } = queues(t, {}, options.chaos)
  const batches: string[][] = []
  const started = startMapping(
    { batchSize: 10, windowSeconds: 0, maximumConcurrency: 5, reportBatchItemFailures: true, ...more },
    {
      queue: work,
      clock,
      region,
      redeliverAfterSeconds: options.redeliverAfterSeconds,
      invoke: async (event) => {
        const { Records } = Event.parse(event)
        batches.push(Records.map((record) => record.body))
        return answer(Records)
      },
    },
  )
  t.after(() => started.stop())
  return { work, dead, clock, batches, mapping: started }
}

test('a function gets SQS records, and what it handled is deleted', async (t) => {
  const events: unknown[] = []
  const { work, clock } = queues(t)
  const started = startMapping(
    { batchSize: 10, windowSeconds: 0, maximumConcurrency: 5, reportBatchItemFailures: true },
    { queue: work, clock, region, invoke: async (event) => void events.push(event) },
  )
  t.after(() => started.stop())
  const messageId = work.send('{"a":1}')
  await started.rest()
  assert.partialDeepStrictEqual(events, [
    {
      Records: [
        {
          messageId,
          body: '{"a":1}',
          attributes: { ApproximateReceiveCount: '1' },
          messageAttributes: {},
          md5OfBody: 'bb6cb5c68df4652941caf652a366f2d8',
          eventSource: 'aws:sqs',
          eventSourceARN: arn('work'),
          awsRegion: region,
        },
      ],
    },
  ])
  assert.deepEqual(work.peek(), [])
})

test('only the messages that a function names come back', async (t) => {
  const {
    work,
    clock,
    batches,
    mapping: started,
  } = mapping(
    t,
    (records) => ({
      batchItemFailures: records
        .filter((r) => r.body === 'bad')
        .map((r) => ({ itemIdentifier: r.messageId })),
    }),
    { windowSeconds: 1 },
  )
  for (const body of ['good', 'bad', 'fine']) work.send(body)
  await started.rest()
  assert.deepEqual(
    work.peek().map((message) => message.body),
    ['bad'],
  )
  clock.advance(180_000)
  await started.rest()
  assert.deepEqual(batches, [['good', 'bad', 'fine'], ['bad']])
})

const wholeBatchFails: [string, unknown][] = [
  ['an identifier of another batch', { batchItemFailures: [{ itemIdentifier: 'unknown' }] }],
  ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }],
  ['a null identifier', { batchItemFailures: [{ itemIdentifier: null }] }],
  ['a wrong key', { batchItemFailures: [{ messageId: 'x' }] }],
  ['a list that is none', { batchItemFailures: 'x' }],
]
for (const [name, response] of wholeBatchFails) {
  test(`the whole batch fails on ${name}`, async (t) => {
    const { work, mapping: started } = mapping(t, () => response)
    work.send('one')
    await started.rest()
    assert.equal(work.peek().length, 1)
  })
}

const wholeBatchSucceeds: [string, unknown][] = [
  ['null', null],
  ['an empty object', {}],
  ['an empty list', { batchItemFailures: [] }],
  ['a null list', { batchItemFailures: null }],
]
for (const [name, response] of wholeBatchSucceeds) {
  test(`the whole batch succeeds on ${name}`, async (t) => {
    const { work, mapping: started } = mapping(t, () => response)
    work.send('one')
    await started.rest()
    assert.deepEqual(work.peek(), [])
  })
}

test('an error fails the whole batch, five times, then the messages are dead letters', async (t) => {
  const {
    work,
    dead,
    batches,
    mapping: started,
  } = mapping(
    t,
    () => {
      throw new Error('table is gone')
    },
    { windowSeconds: 1 },
    { redeliverAfterSeconds: 0 },
  )
  work.send('one')
  work.send('two')
  await started.rest()
  assert.equal(batches.length, 5)
  assert.deepEqual(
    dead.peek().map((message) => message.body),
    ['one', 'two'],
  )
})

test('a batch waits for its window, or until it is full', async (t) => {
  const { work, clock, batches } = mapping(t, () => null, { batchSize: 3, windowSeconds: 1 })
  work.send('1')
  work.send('2')
  await turn()
  assert.deepEqual(batches, [])
  clock.advance(1_000)
  assert.deepEqual(batches, [['1', '2']])
  for (const body of ['3', '4', '5']) work.send(body)
  await turn()
  assert.deepEqual(batches[1], ['3', '4', '5'])
})

test('no more batches are under way than the maximum concurrency', async (t) => {
  let underWay = 0
  let most = 0
  const { work, mapping: started } = mapping(
    t,
    async () => {
      most = Math.max(most, ++underWay)
      await new Promise((resolve) => setImmediate(resolve))
      underWay--
    },
    { batchSize: 1, maximumConcurrency: 2 },
  )
  for (let i = 0; i < 20; i++) work.send(String(i))
  await started.rest()
  assert.equal(most, 2)
  assert.equal(work.peek().length, 0)
})

test('a queue that cannot be read or written for a while loses nothing, and is read again', async (t) => {
  t.mock.method(console, 'error', () => {})
  const { work, clock } = queues(t)
  const fails = { receive: true, delete: true }
  const unless = (isBroken: boolean): void => {
    if (isBroken) throw new Error('database or disk is full')
  }
  let batches = 0
  const mapping = startMapping(
    { batchSize: 10, windowSeconds: 0, maximumConcurrency: 5, reportBatchItemFailures: true },
    {
      queue: {
        ...work,
        receive: (...given) => {
          unless(fails.receive)
          return work.receive(...given)
        },
        delete: (handle) => {
          unless(fails.delete)
          work.delete(handle)
        },
      },
      invoke: async () => {
        batches += 1
      },
      clock,
      region,
    },
  )
  t.after(mapping.stop)
  work.send('one')
  const rest = mapping.rest()
  assert.equal(batches, 0)
  fails.receive = false
  clock.advance(1_000)
  await rest
  assert.equal(batches, 1)
  fails.delete = false
  clock.advance(180_000)
  await mapping.rest()
  assert.deepEqual([batches, work.peek()], [2, []])
})

test('a batch stays within what one invocation takes', async (t) => {
  const { work, batches, mapping: started } = mapping(t, () => null, { batchSize: 100, windowSeconds: 1 })
  for (let i = 0; i < 8; i++) work.send('x'.repeat(1_000_000))
  await started.rest()
  assert.deepEqual(
    batches.map((batch) => batch.length),
    [5, 3],
  )
})

test('chaos duplicates, delays and reorders, the same for the same seed, and loses nothing', async (t) => {
  const run = async () => {
    const chaos = { seed: 7, duplicate: 0.5, delay: 0.5, delayMs: 5_000, reorder: true }
    const { work, clock, batches, mapping: started } = mapping(t, () => null, { windowSeconds: 1 }, { chaos })
    for (let i = 0; i < 20; i++) work.send(String(i))
    clock.advance(6_000)
    await started.rest()
    return batches.flat()
  }
  const [first, second] = [await run(), await run()]
  const inOrder = Array.from({ length: 20 }, (_, i) => String(i))
  assert.deepEqual(
    [...new Set(first)].sort((a, b) => Number(a) - Number(b)),
    inOrder,
  )
  assert(first.length > 20)
  assert.notDeepEqual(first.slice(0, 20), inOrder)
  assert.deepEqual(first.toSorted(), second.toSorted())
})
