/** What DynamoDB does when much is asked of it, and what its slower readers see. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { DynamoDBClient, ThrottlingException, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb'
import type { DynamoDbOptions } from '../../../local/dynamodb/dynamodb.ts'
import { credentials, startDynamoDb, tableProperties } from './start.ts'

const TableName = 'Jobs'

const start = async (t: TestContext, options: Partial<DynamoDbOptions<string>> = {}) => {
  const running = await startDynamoDb({ tables: [tableProperties(TableName)], lagMs: 0, ...options })
  const db = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint: running.endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 }),
  )
  t.after(async () => {
    db.destroy()
    await running.stop()
  })
  return { ...running, db }
}

const arn = 'arn:aws:dynamodb:eu-central-1:000000000000:table/Jobs'
const large = 'x'.repeat(390_000)
/** So much at once that no machine is slow enough to let it all through: 25 times 390 units. */
const many = Array.from({ length: 25 }, (_, n) => String(n))

/** What became of them, by the name of the error or `done`. */
const outcomes = async (sends: Promise<unknown>[]) => {
  const settled = await Promise.allSettled(sends)
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  return { done: settled.length - errors.length, errors }
}

const throttled = (errors: readonly unknown[], reason: string, resource: string): void => {
  assert.ok(errors.length > 0, 'none was refused')
  for (const error of errors) {
    assert.ok(error instanceof ThrottlingException, String(error))
    assert.deepEqual(error.throttlingReasons, [{ reason, resource }])
  }
}

test('a partition over its rate refuses writes, with the reason, and others take them', async (t) => {
  const { db } = await start(t)
  const put = (pk: string, sk: string) => db.send(new PutCommand({ TableName, Item: { pk, sk, large } }))
  const { done, errors } = await outcomes(many.map((sk) => put('hot', sk)))
  assert.ok(done >= 2)
  throttled(errors, 'TableWriteKeyRangeThroughputExceeded', arn)
  assert.match(errors[0].message, /check if you have a hot key/)
  const { Count } = await db.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': 'hot' },
      Select: 'COUNT',
      Limit: 1,
    }),
  )
  assert.equal(Count, 1)
  await put('cold', '1')
})

test('an index over its rate refuses writes to its table, and only those that touch that partition of it', async (t) => {
  const { db } = await start(t, { tables: [projectingAll()] })
  const put = (pk: string, more: object) =>
    db.send(new PutCommand({ TableName, Item: { pk, sk: 'x', large, ...more } }))
  const { errors } = await outcomes(many.map((pk) => put(pk, { kind: 'hot', at: 1 })))
  throttled(errors, 'IndexWriteKeyRangeThroughputExceeded', `${arn}/index/by-kind`)
  assert.match(errors[0].message, /global secondary indexes/)
  await put('no entry', {})
  await put('other', { kind: 'cold', at: 1 })
})

const projectingAll = () => {
  const properties = tableProperties(TableName)
  const GlobalSecondaryIndexes = properties.GlobalSecondaryIndexes.map((index) => ({
    ...index,
    Projection: { ProjectionType: 'ALL' as const },
  }))
  return { ...properties, GlobalSecondaryIndexes }
}

test('a transaction over a rate is cancelled as a whole, with the reason at its part', async (t) => {
  const { db } = await start(t)
  const part = (pk: string, sk: string, more = {}) => ({ Put: { TableName, Item: { pk, sk, ...more } } })
  const transact = (sk: string) => {
    const TransactItems = [part(`cold ${sk}`, sk), part('hot', sk, { large })]
    return db.send(new TransactWriteCommand({ TransactItems }))
  }
  const { done, errors } = await outcomes(many.map(transact))
  assert.ok(errors.length > 0)
  for (const error of errors) {
    assert.ok(error instanceof TransactionCanceledException, String(error))
    const reasons = error.CancellationReasons ?? []
    assert.deepEqual(
      reasons.map(({ Code }) => Code),
      ['None', 'ThrottlingError'],
    )
    assert.match(reasons[1]?.Message ?? '', /check if you have a hot key/)
  }
  assert.equal((await db.send(new ScanCommand({ TableName, Select: 'COUNT', Limit: 200 }))).Count, 2 * done)
})

test('a batch leaves what is over a rate, and is refused if that is all', async (t) => {
  const { db } = await start(t)
  const key = (pk: string, sk: string) => ({ pk, sk })
  const write = async (Items: object[]) => {
    const RequestItems = { [TableName]: Items.map((Item) => ({ PutRequest: { Item } })) }
    return (await db.send(new BatchWriteCommand({ RequestItems }))).UnprocessedItems?.[TableName] ?? []
  }
  const hot = many.slice(1).map((sk) => ({ ...key('hot', sk), large }))
  const left = await write([...hot, key('cold', '1')])
  assert.ok(left.length > 0 && left.length < 25, `${left.length} were left`)
  assert.ok(left.every(({ PutRequest }) => PutRequest?.Item?.pk === 'hot'))
  throttled(
    (await outcomes(many.map(() => write(hot.slice(0, 3))))).errors,
    'TableWriteKeyRangeThroughputExceeded',
    arn,
  )

  // 95 units for a strongly consistent read of each; the writes before it were of other units.
  const [stored] = hot.filter(({ sk }) => !left.some(({ PutRequest }) => PutRequest?.Item?.sk === sk))
  assert.ok(stored)
  const read = async (keys: object[]) => {
    const RequestItems = { [TableName]: { Keys: keys, ConsistentRead: true, ProjectionExpression: 'pk, sk' } }
    return db.send(new BatchGetCommand({ RequestItems }))
  }
  const two = [key('hot', stored.sk), key('cold', '1')]
  const answers = await Promise.all(Array.from({ length: 200 }, () => read(two)))
  const unread = answers.flatMap(({ UnprocessedKeys }) => UnprocessedKeys?.[TableName] ?? [])
  assert.ok(unread.length > 0, 'all was read')
  assert.deepEqual(unread[0], {
    Keys: [two[0]],
    ConsistentRead: true,
    ProjectionExpression: 'pk, sk',
  })
  const { errors } = await outcomes(Array.from({ length: 200 }, () => read([key('hot', stored.sk)])))
  throttled(errors, 'TableReadKeyRangeThroughputExceeded', arn)
})

test('the maximum that a table was given is one for all its partitions', async (t) => {
  const OnDemandThroughput = { MaxWriteRequestUnits: 20 }
  const { db } = await start(t, { tables: [{ ...tableProperties(TableName), OnDemandThroughput }] })
  const puts = Array.from({ length: 500 }, (_, n) =>
    db.send(new PutCommand({ TableName, Item: { pk: `${n}`, sk: 'x' } })),
  )
  const { done, errors } = await outcomes(puts)
  assert.ok(done >= 20)
  throttled(errors, 'TableWriteMaxOnDemandThroughputExceeded', arn)
})

test('an index and reads that need not be the newest answer with what was there, the table with what is', async (t) => {
  const { db, freezeReaders } = await start(t, { tables: [projectingAll()] })
  const key = (sk: string) => ({ pk: 'job', sk })
  const put = (sk: string, kind: string, at: number, more = {}) =>
    db.send(new PutCommand({ TableName, Item: { ...key(sk), kind, at, ...more } }))
  const queried = async (ConsistentRead: boolean, index: object = {}) => {
    const query = {
      KeyConditionExpression: 'pk = :v',
      ExpressionAttributeValues: { ':v': 'job' },
      ConsistentRead,
    }
    const { Items = [], Count } = await db.send(new QueryCommand({ TableName, ...query, ...index }))
    assert.equal(Count, Items.length)
    return Items.map(({ sk, kind, at, more }) => [sk, kind, at, more])
  }
  const inIndex = async (kind: string) => {
    const KeyConditionExpression = 'kind = :v'
    return queried(false, {
      IndexName: 'by-kind',
      KeyConditionExpression,
      ExpressionAttributeValues: { ':v': kind },
    })
  }
  await Promise.all([put('changes', 'k', 1), put('moves', 'k', 2), put('goes', 'k', 3), put('stays', 'k', 4)])
  const thaw = await freezeReaders()
  await put('changes', 'k', 1, { more: 'new' })
  await put('moves', 'other', 5)
  await db.send(new DeleteCommand({ TableName, Key: key('goes') }))
  await put('comes', 'k', 0)

  const before = [
    ['changes', 'k', 1, undefined],
    ['moves', 'k', 2, undefined],
    ['goes', 'k', 3, undefined],
    ['stays', 'k', 4, undefined],
  ]
  const after = [
    ['changes', 'k', 1, 'new'],
    ['comes', 'k', 0, undefined],
    ['moves', 'other', 5, undefined],
    ['stays', 'k', 4, undefined],
  ]
  assert.deepEqual([await inIndex('k'), await inIndex('other')], [before, []])
  assert.deepEqual(await queried(false), before.toSorted())
  assert.deepEqual(await queried(true), after)
  const get = async (sk: string, ConsistentRead: boolean) =>
    (await db.send(new GetCommand({ TableName, Key: key(sk), ConsistentRead }))).Item
  assert.deepEqual([(await get('goes', false))?.at, await get('goes', true)], [3, undefined])
  assert.deepEqual([await get('comes', false), (await get('comes', true))?.at], [undefined, 0])

  await thaw()
  assert.deepEqual(await inIndex('k'), [
    ['comes', 'k', 0, undefined],
    ['changes', 'k', 1, 'new'],
    ['stays', 'k', 4, undefined],
  ])
  assert.deepEqual(await queried(false), after)
})

test('readers lag by themselves, and can be waited for', async (t) => {
  const { db, settled } = await start(t, { lagMs: 800, seed: 1 })
  const keys = Array.from({ length: 50 }, (_, n) => ({ pk: `${n}`, sk: 'x' }))
  await Promise.all(keys.map((Item) => db.send(new PutCommand({ TableName, Item }))))
  const count = async () => (await db.send(new ScanCommand({ TableName, Select: 'COUNT' }))).Count
  assert.ok(((await count()) ?? 0) < 50)
  await settled()
  assert.equal(await count(), 50)
})

test('a transaction takes the configured time, and a reader of several items sees it part by part', async (t) => {
  const { db } = await start(t, { transactionMs: 500 })
  const items = Array.from({ length: 40 }, (_, n) => ({ pk: 'job', sk: `${n}` }))
  const TransactItems = items.map((Item) => ({ Put: { TableName, Item } }))
  const query = new QueryCommand({
    TableName,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': 'job' },
    ConsistentRead: true,
  })
  let isOver = false
  const writing = db.send(new TransactWriteCommand({ TransactItems })).finally(() => {
    isOver = true
  })
  const counts = new Set<number | undefined>()
  const put = new PutCommand({ TableName, Item: items[0] })
  let conflicts = 0
  while (!isOver) {
    counts.add((await db.send(query)).Count)
    if ((await outcomes([db.send(put)])).errors[0]?.name === 'TransactionConflictException') conflicts += 1
  }
  await writing
  assert.ok(conflicts > 0)
  assert.ok(
    [...counts].some((count = 0) => count > 1 && count < 40),
    [...counts].join(),
  )
  assert.equal((await db.send(query)).Count, 40)
})
