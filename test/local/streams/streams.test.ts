import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import * as z from 'zod'
import { createClock } from '../../../local/clock.ts'
import { FunctionError } from '../../../local/functions/function-error.ts'
import { readShard, type StreamMappingSettings } from '../../../local/streams/stream-mapping.ts'
import { startDynamoDb, tableProperties } from '../dynamodb/start.ts'

const TableName = 'Told'
const streamed = {
  ...tableProperties(TableName),
  StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
}

const Record = z.looseObject({
  eventID: z.string(),
  eventName: z.string(),
  userIdentity: z.unknown().optional(),
  dynamodb: z.looseObject({
    Keys: z.object({ pk: z.object({ S: z.string() }), sk: z.object({ S: z.string() }) }),
    NewImage: z.record(z.string(), z.unknown()).optional(),
    OldImage: z.record(z.string(), z.unknown()).optional(),
    SequenceNumber: z.string(),
  }),
})
type Record = z.infer<typeof Record>
const Records = z.object({ Records: z.array(Record) })

const database = async (t: TestContext, more: { directory?: string; now?: () => number } = {}) => {
  const db = await startDynamoDb({ tables: [streamed, tableProperties('Silent')], lagMs: 0, ...more })
  let stopping: Promise<void> | undefined
  const stop = () => (stopping ??= db.stop())
  t.after(stop)
  const call = async (operation: string, input: object): Promise<unknown> => {
    const { status, text } = await db.answer(operation, JSON.stringify(input), 'anybody')
    const body: unknown = JSON.parse(text)
    if (status !== 200) throw Object.assign(new Error(text), { answer: body })
    return body
  }
  const put = (pk: string, fields: object = {}, table = TableName) =>
    call('PutItem', { TableName: table, Item: { pk: { S: pk }, sk: { S: 's' }, ...fields } })
  const [stream] = db.streams.all
  assert(stream)
  const StreamArn = stream.arn
  /** Everything in the stream, shard after shard, by the API. */
  const all = async (): Promise<Record[]> => {
    const found: Record[] = []
    for (const { id: ShardId } of stream.shards) {
      const { ShardIterator } = z
        .object({ ShardIterator: z.string() })
        .parse(await call('GetShardIterator', { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }))
      found.push(...Records.parse(await call('GetRecords', { ShardIterator })).Records)
    }
    return found
  }
  return { ...db, stop, call, put, all, stream, StreamArn }
}

test('each change of an item is in the stream, with the item before and after; what changes nothing is not', async (t) => {
  const { put, call, all } = await database(t)
  await put('a', { n: { N: '1' } })
  await put('a', { n: { N: '1' } })
  await put('a', { n: { N: '2' } })
  await call('DeleteItem', { TableName, Key: { pk: { S: 'a' }, sk: { S: 's' } } })
  await call('DeleteItem', { TableName, Key: { pk: { S: 'a' }, sk: { S: 's' } } })
  await put('b', {}, 'Silent')
  const item = (n: string) => ({ pk: { S: 'a' }, sk: { S: 's' }, n: { N: n } })
  assert.deepEqual(
    (await all()).map(({ eventName, dynamodb: { OldImage, NewImage } }) => [eventName, OldImage, NewImage]),
    [
      ['INSERT', undefined, item('1')],
      ['MODIFY', item('1'), item('2')],
      ['REMOVE', item('2'), undefined],
    ],
  )
})

test('a cancelled transaction adds no records to the stream, another one adds one for each of its items', async (t) => {
  const { call, all } = await database(t)
  const set = (pk: string, more = {}) => ({
    Put: { TableName, Item: { pk: { S: pk }, sk: { S: 's' } }, ...more },
  })
  const never = { ConditionExpression: 'attribute_exists(pk)' }
  await assert.rejects(call('TransactWriteItems', { TransactItems: [set('a'), set('b', never)] }))
  assert.deepEqual(await all(), [])
  await call('TransactWriteItems', { TransactItems: [set('a'), set('b')] })
  assert.deepEqual((await all()).map(({ dynamodb }) => dynamodb.Keys.pk.S).sort(), ['a', 'b'])
})

test('what time to live deletes says so; after a day a record is gone', async (t) => {
  let now = Date.now()
  const { put, call, all, sweepExpired, stream, StreamArn } = await database(t, { now: () => now })
  await put('a', { expiresAt: { N: String(Math.floor(now / 1000) - 1) } })
  await sweepExpired()
  const [, removed] = await all()
  assert.deepEqual(removed?.userIdentity, { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' })
  now += 24 * 3_600_000 + 1
  assert.deepEqual(await all(), [])
  await sweepExpired()
  now -= 3_600_000
  assert.deepEqual(await all(), [])
  const gone = { StreamArn, ShardIteratorType: 'AT_SEQUENCE_NUMBER', ShardId: stream.shards[0]?.id }
  await assert.rejects(
    call('GetShardIterator', { ...gone, SequenceNumber: removed?.dynamodb.SequenceNumber }),
    /TrimmedDataAccessException/,
  )
})

test('the records of an item are in the order of its changes, whatever else is written meanwhile', async (t) => {
  const { put, all } = await database(t)
  const writes = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), fc.nat()), {
    maxLength: 40,
  })
  let run = 0
  await fc.assert(
    fc.asyncProperty(writes, async (list) => {
      run += 1
      const key = (pk: string) => `${run}${pk}`
      await Promise.all(list.map(([pk, n], at) => put(key(pk), { n: { N: `${n}` }, at: { N: `${at}` } })))
      const told = (await all()).filter(({ dynamodb }) => dynamodb.Keys.pk.S.startsWith(`${run}`))
      for (const pk of 'abcdef') {
        const own = told.filter(({ dynamodb }) => dynamodb.Keys.pk.S === key(pk))
        assert.equal(own.length, list.filter(([one]) => one === pk).length)
        for (const [n, { dynamodb }] of own.entries())
          assert.deepEqual(dynamodb.OldImage, own[n - 1]?.dynamodb.NewImage)
      }
    }),
    { numRuns: 15 },
  )
})

const usual: StreamMappingSettings = {
  batchSize: 100,
  windowSeconds: 0,
  maximumAgeSeconds: undefined,
  retries: undefined,
  bisects: false,
  reportsFailures: false,
}

/** A shard's reader over a stream; `answer` stands for the function. */
const reader = async (
  t: TestContext,
  {
    answer = () => undefined,
    directory,
    ...settings
  }: Partial<StreamMappingSettings> & {
    answer?: (pks: string[], records: Record[]) => unknown
    directory?: string
  },
) => {
  const clock = createClock()
  const db = await database(t, { now: clock.now, ...(directory !== undefined && { directory }) })
  const [shard] = db.stream.shards
  assert(shard)
  const batches: string[][] = []
  const letters: object[] = []
  const open = (more: Partial<StreamMappingSettings> = {}) => {
    const opened = readShard(
      shard,
      { ...usual, ...settings, ...more },
      {
        stream: db.stream,
        clock,
        region: 'eu-central-1',
        functionArn: 'arn:function',
        invoke: async (event) => {
          const { Records: records } = Records.parse(event)
          const pks = records.map(({ dynamodb }) => dynamodb.Keys.pk.S)
          batches.push(pks)
          return answer(pks, records)
        },
        giveUp: (letter) => void letters.push(letter),
        checkpoint: ({ id }) => db.streams.checkpoint(`m/${id}`),
        keepCheckpoint: ({ id }, after) => db.streams.keepCheckpoint(`m/${id}`, after),
      },
    )
    t.after(opened.stop)
    db.streams.onWrite(opened.mark)
    return opened
  }
  /** Writes items until so many are in the shard, and names those. */
  let written = 0
  const fill = async (count: number): Promise<string[]> => {
    const names: string[] = []
    const before = (await db.stream.read(shard, undefined, 1000)).length
    for (let found = before; found < before + count; ) {
      const pk = `p${written++}`
      await db.put(pk)
      const now = (await db.stream.read(shard, undefined, 1000)).length
      if (now > found) names.push(pk)
      found = now
    }
    return names
  }
  return { ...db, clock, batches, letters, open, fill, shard }
}
const fail = () => {
  throw new FunctionError('Error', 'poison')
}

test('a restarted reader goes on after its checkpoint, and one that was ended in a batch repeats it', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'groundcrew-stream-'))
  t.after(() => rm(directory, { recursive: true }))
  const first = await reader(t, { directory })
  const one = await first.fill(2)
  const mapping = first.open()
  await mapping.rest()
  mapping.stop()
  const two = await first.fill(1)
  const hanging = Promise.withResolvers<void>()
  const broken = await (async () => {
    const begun = Promise.withResolvers<void>()
    const opened = readShard(first.shard, usual, {
      stream: first.stream,
      clock: first.clock,
      region: 'r',
      functionArn: 'f',
      giveUp: () => {},
      invoke: async () => {
        begun.resolve()
        await hanging.promise
      },
      checkpoint: ({ id }) => first.streams.checkpoint(`m/${id}`),
      keepCheckpoint: ({ id }, after) => first.streams.keepCheckpoint(`m/${id}`, after),
    })
    opened.run()
    await begun.promise
    return opened
  })()
  broken.stop()
  hanging.resolve()
  await first.stop()

  const second = await reader(t, { directory })
  await second.open().rest()
  assert.deepEqual([first.batches, second.batches], [[one], [two]])
})

test('what fails holds up its shard, and is halved until it is alone', async (t) => {
  let isPoison = true
  const poison: string[] = []
  const { fill, open, batches, clock } = await reader(t, {
    bisects: true,
    answer: (pks) => (isPoison && pks.some((pk) => poison.includes(pk)) ? fail() : undefined),
  })
  const names = await fill(8)
  poison.push(names[2] ?? '')
  const mapping = open()
  await mapping.rest()
  const at = (...places: number[]) => places.map((n) => names[n])
  assert.deepEqual(batches, [names, at(0, 1, 2, 3), at(0, 1), at(2, 3), at(2)])
  await fill(1)
  await mapping.rest()
  assert.equal(batches.length, 5)
  isPoison = false
  clock.advance(60_000)
  await mapping.rest()
  assert.deepEqual(batches.slice(5, 8), [at(2), at(3), at(4, 5, 6, 7)])
})

test('retries end as configured: the destination gets the position of the record, and the shard goes on', async (t) => {
  const { fill, open, batches, letters, clock, call, StreamArn, shard } = await reader(t, {
    batchSize: 1,
    retries: 2,
    answer: (pks) => (pks[0] === first ? fail() : undefined),
  })
  const [first, second] = await fill(2)
  const mapping = open()
  for (let n = 0; n < 3; n += 1) {
    await mapping.rest()
    clock.advance(60_000)
  }
  await mapping.rest()
  assert.deepEqual(batches, [[first], [first], [first], [second]])
  assert.partialDeepStrictEqual(letters, [
    {
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3 },
      DDBStreamBatchInfo: { shardId: shard.id, batchSize: 1, streamArn: StreamArn },
    },
  ])
  const { DDBStreamBatchInfo: info } = z
    .object({ DDBStreamBatchInfo: z.object({ startSequenceNumber: z.string() }) })
    .parse(letters[0])
  const { ShardIterator } = z.object({ ShardIterator: z.string() }).parse(
    await call('GetShardIterator', {
      StreamArn,
      ShardId: shard.id,
      SequenceNumber: info.startSequenceNumber,
      ShardIteratorType: 'AT_SEQUENCE_NUMBER',
    }),
  )
  const { Records: found } = Records.parse(await call('GetRecords', { ShardIterator, Limit: 1 }))
  assert.equal(found[0]?.dynamodb.Keys.pk.S, first)
})

test('what is too old is given up without being tried again', async (t) => {
  const { fill, open, batches, letters, clock } = await reader(t, { maximumAgeSeconds: 60, answer: fail })
  await fill(3)
  const mapping = open()
  await mapping.rest()
  clock.advance(61_000)
  await mapping.rest()
  assert.equal(batches.length, 1)
  assert.partialDeepStrictEqual(letters, [
    { requestContext: { condition: 'RecordAgeExceeded' }, DDBStreamBatchInfo: { batchSize: 3 } },
  ])
})

test('a response that names a record is tried again from there on', async (t) => {
  let times = 0
  const { fill, open, batches, clock } = await reader(t, {
    reportsFailures: true,
    bisects: true,
    answer: (_, records) =>
      times++ === 0
        ? { batchItemFailures: [3, 2].map((n) => ({ itemIdentifier: records[n]?.dynamodb.SequenceNumber })) }
        : { batchItemFailures: [] },
  })
  const names = await fill(5)
  const mapping = open()
  await mapping.rest()
  clock.advance(60_000)
  await mapping.rest()
  assert.deepEqual(batches, [names, names.slice(2)])
})

test('a response that names no record of the batch fails all of it', async (t) => {
  const { fill, open, batches } = await reader(t, {
    reportsFailures: true,
    answer: () => ({ batchItemFailures: [{ itemIdentifier: '' }] }),
  })
  await fill(2)
  const mapping = open()
  await mapping.rest()
  assert.equal(batches.length, 1)
  assert(mapping.atRest())
})

test('a function that has no copy free is asked again, without end and without halving', async (t) => {
  let times = 0
  const { fill, open, batches, letters, clock } = await reader(t, {
    retries: 1,
    bisects: true,
    answer: () => {
      if (times++ < 4) throw new FunctionError('TooManyRequestsException', 'no copy of it is free')
    },
  })
  const names = await fill(2)
  const mapping = open()
  for (let n = 0; n < 5; n += 1) {
    await mapping.rest()
    clock.advance(60_000)
  }
  assert.deepEqual([batches, letters], [Array.from({ length: 5 }, () => names), []])
})

test('data from before the table had a stream opens, and later writes are in the stream', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'groundcrew-stream-'))
  t.after(() => rm(directory, { recursive: true }))
  const tables = [tableProperties(TableName), tableProperties('Silent')]
  const before = await startDynamoDb({ directory, tables })
  const item = { TableName, Item: { pk: { S: 'a' }, sk: { S: 's' } } }
  await before.answer('PutItem', JSON.stringify(item), 'anybody')
  await before.stop()
  const { put, all } = await database(t, { directory })
  await put('a', { n: { N: '1' } })
  assert.deepEqual(
    (await all()).map(({ eventName, dynamodb }) => [eventName, dynamodb.OldImage]),
    [['MODIFY', item.Item]],
  )
})
