/**
 * What the product relies on in DynamoDB, run against the local stand-in, or against what DYNAMODB_ENDPOINT
 * names (DynamoDB Local, for instance), so that the stand-in's limits never shape the product silently.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb'
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
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { credentials, startDynamoDb, tableProperties } from './start.ts'

const TableName = `contract-${randomUUID()}`
const endpointOfOther = process.env.DYNAMODB_ENDPOINT
let db: DynamoDBDocumentClient
let stop = async () => {}

before(async () => {
  const local =
    endpointOfOther === undefined ? await startDynamoDb({ tables: [tableProperties(TableName)] }) : undefined
  stop = async () => local?.stop()
  const endpoint = local?.endpoint ?? endpointOfOther ?? ''
  db = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 }),
  )
  if (!local) {
    const { TimeToLiveSpecification: _, ...properties } = tableProperties(TableName)
    await db.send(new CreateTableCommand({ ...properties, BillingMode: 'PAY_PER_REQUEST' }))
  }
})
after(async () => {
  db.destroy()
  await stop()
})

const newKey = () => ({ pk: randomUUID(), sk: 'x' })
const get = async (Key: object) =>
  (await db.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item
const put = (Item: object) => db.send(new PutCommand({ TableName, Item }))
/** Sends until nobody else has the item in a transaction. */
const untilFree = async <Result>(send: () => Promise<Result>): Promise<Result> => {
  for (;;)
    try {
      return await send()
    } catch (error) {
      if (!(error instanceof TransactionConflictException)) throw error
    }
}
/** Reads until the index or replica that answers has heard of what was written. */
const untilSeen = async <Result>(
  read: () => Promise<Result>,
  isSeen: (result: Result) => boolean,
): Promise<Result> => {
  for (;;) {
    const result = await read()
    if (isSeen(result)) return result
  }
}
const unless = { ConditionExpression: 'attribute_not_exists(pk)' }
const ifThere = { ConditionExpression: 'attribute_exists(pk)' }

test('an update answers with what the item has become', async () => {
  const Key = newKey()
  await put({ ...Key, n: 1, gone: true })
  const { Attributes } = await db.send(
    new UpdateCommand({
      TableName,
      Key,
      UpdateExpression: 'SET #list = list_append(if_not_exists(#list, :none), :more) ADD n :one REMOVE gone',
      ExpressionAttributeNames: { '#list': 'list' },
      ExpressionAttributeValues: { ':none': [], ':more': ['a'], ':one': 2 },
      ReturnValues: 'ALL_NEW',
    }),
  )
  assert.deepEqual(Attributes, { ...Key, n: 3, list: ['a'] })
})

test('a failed condition changes nothing and returns the item if asked', async () => {
  const item = { ...newKey(), n: 1 }
  const { pk, sk } = item
  await put(item)
  const asked = { TableName, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const
  const commands = [
    () => db.send(new PutCommand({ ...asked, ...unless, Item: { pk, sk, n: 2 } })),
    () => db.send(new UpdateCommand({ ...asked, ...unless, Key: { pk, sk } })),
    () => db.send(new DeleteCommand({ ...asked, ...unless, Key: { pk, sk } })),
  ]
  for (const send of commands)
    await assert.rejects(send(), (error) => {
      assert.ok(error instanceof ConditionalCheckFailedException)
      assert.deepEqual(error.Item, { pk: { S: pk }, sk: { S: 'x' }, n: { N: '1' } })
      return true
    })
  await assert.rejects(db.send(new PutCommand({ TableName, ...unless, Item: { pk, sk } })), (error) => {
    assert.ok(error instanceof ConditionalCheckFailedException)
    assert.equal(error.Item, undefined)
    return true
  })
  assert.deepEqual(await get({ pk, sk }), item)
})

test('parallel increments all count', async () => {
  const Key = newKey()
  const update = { TableName, Key, UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': 1 } }
  await Promise.all(Array.from({ length: 50 }, () => db.send(new UpdateCommand(update))))
  assert.equal((await get(Key))?.n, 50)
})

test('the item that a failed condition returns is the one that failed it', async () => {
  const Key = newKey()
  const increment = new UpdateCommand({
    TableName,
    Key,
    UpdateExpression: 'ADD n :one',
    ConditionExpression: 'attribute_not_exists(n) OR n < :limit',
    ExpressionAttributeValues: { ':one': 1, ':limit': 10 },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  })
  const results = await Promise.allSettled(Array.from({ length: 30 }, () => db.send(increment)))
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  assert.equal(failures.length, 20)
  for (const error of failures) {
    assert.ok(error instanceof ConditionalCheckFailedException)
    assert.deepEqual(error.Item?.n, { N: '10' })
  }
})

test('of parallel puts under the same condition one wins', async () => {
  const Key = newKey()
  const puts = Array.from({ length: 20 }, (_, n) =>
    db.send(new PutCommand({ TableName, Item: { ...Key, n }, ...unless })),
  )
  const results = await Promise.allSettled(puts)
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('a sparse index is queried in the order of its key, in pages', async () => {
  const kind = randomUUID()
  await put(newKey())
  for (const at of [3, 1, 2]) await put({ ...newKey(), kind, at, extra: 'not projected' })
  const query = {
    TableName,
    IndexName: 'by-kind',
    KeyConditionExpression: 'kind = :kind AND #at < :end',
    ExpressionAttributeNames: { '#at': 'at' },
    ExpressionAttributeValues: { ':kind': kind, ':end': 3 },
    Limit: 1,
  }
  const all = new QueryCommand({ ...query, Limit: 3 })
  await untilSeen(
    () => db.send(all),
    ({ Count }) => Count === 2,
  )
  const first = await db.send(new QueryCommand(query))
  const second = await db.send(new QueryCommand({ ...query, ExclusiveStartKey: first.LastEvaluatedKey }))
  const found = [...(first.Items ?? []), ...(second.Items ?? [])]
  assert.deepEqual(
    found.map((item) => [item.at, item.extra]),
    [
      [1, undefined],
      [2, undefined],
    ],
  )
})

test('batches write and read many items', async () => {
  const items = [1, 2, 3].map((n) => ({ ...newKey(), n }))
  await db.send(
    new BatchWriteCommand({ RequestItems: { [TableName]: items.map((Item) => ({ PutRequest: { Item } })) } }),
  )
  const Keys = items.map(({ pk, sk }) => ({ pk, sk }))
  const { Responses } = await db.send(
    new BatchGetCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }),
  )
  assert.equal(Responses?.[TableName]?.length, 3)
})

test('a transaction writes all its parts', async () => {
  const [a, b, c, d] = [newKey(), newKey(), newKey(), newKey()]
  await Promise.all([put({ ...b, n: 1 }), put(c), put(d)])
  await db.send(
    new TransactWriteCommand({
      TransactItems: [
        { Put: { TableName, Item: { ...a, n: 1 }, ...unless } },
        {
          Update: {
            TableName,
            Key: b,
            UpdateExpression: 'SET n = n + :one',
            ExpressionAttributeValues: { ':one': 1 },
          },
        },
        { Delete: { TableName, Key: c } },
        { ConditionCheck: { TableName, Key: d, ...ifThere } },
        { ConditionCheck: { TableName, Key: { pk: 'nobody', sk: 'x' }, ...unless } },
      ],
    }),
  )
  assert.deepEqual(await Promise.all([a, b, c, d].map(get)), [{ ...a, n: 1 }, { ...b, n: 2 }, undefined, d])
  assert.equal(await get({ pk: 'nobody', sk: 'x' }), undefined)
})

test('a canceled transaction changes nothing and gives each reason', async () => {
  const kind = randomUUID()
  const [a, b, c] = [newKey(), { ...newKey(), kind, at: 1 }, newKey()]
  const keyOfB = { pk: b.pk, sk: b.sk }
  await put(b)
  const canceled = db.send(
    new TransactWriteCommand({
      TransactItems: [
        { Put: { TableName, Item: a } },
        { Delete: { TableName, Key: keyOfB } },
        {
          Update: {
            TableName,
            Key: c,
            UpdateExpression: 'SET n = :n',
            ExpressionAttributeValues: { ':n': 1 },
            ...ifThere,
          },
        },
      ],
    }),
  )
  await assert.rejects(canceled, (error) => {
    assert.ok(error instanceof TransactionCanceledException)
    assert.deepEqual(
      error.CancellationReasons?.map(({ Code }) => Code),
      ['None', 'None', 'ConditionalCheckFailed'],
    )
    assert.match(error.message, /\[None, None, ConditionalCheckFailed\]/)
    return true
  })
  assert.deepEqual(await Promise.all([a, keyOfB, c].map(get)), [undefined, b, undefined])
  const query = new QueryCommand({
    TableName,
    IndexName: 'by-kind',
    KeyConditionExpression: 'kind = :kind',
    ExpressionAttributeValues: { ':kind': kind },
  })
  await untilSeen(
    () => db.send(query),
    ({ Count }) => Count === 1,
  )
})

test('a canceled transaction returns the item that failed it if asked', async () => {
  const item = { ...newKey(), n: 1 }
  await put(item)
  const asked = { TableName, Item: item, ...unless, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const
  await assert.rejects(db.send(new TransactWriteCommand({ TransactItems: [{ Put: asked }] })), (error) => {
    assert.ok(error instanceof TransactionCanceledException)
    assert.deepEqual(error.CancellationReasons?.[0]?.Item, {
      pk: { S: item.pk },
      sk: { S: 'x' },
      n: { N: '1' },
    })
    return true
  })
})

test('a transaction is done once per client token', async () => {
  const Key = newKey()
  const transaction = (n: number) =>
    new TransactWriteCommand({
      ClientRequestToken: Key.pk,
      TransactItems: [
        { Update: { TableName, Key, UpdateExpression: 'ADD n :n', ExpressionAttributeValues: { ':n': n } } },
      ],
    })
  await db.send(transaction(1))
  await db.send(transaction(1))
  assert.equal((await get(Key))?.n, 1)
  await assert.rejects(db.send(transaction(2)), { name: 'IdempotentParameterMismatchException' })
})

test('a transaction cannot touch an item twice', async () => {
  const Key = newKey()
  const twice = [{ Delete: { TableName, Key } }, { ConditionCheck: { TableName, Key, ...ifThere } }]
  await assert.rejects(db.send(new TransactWriteCommand({ TransactItems: twice })), {
    name: 'ValidationException',
    message: /multiple operations on one item/,
  })
})

test('parallel transactions on one item do not lose an update', async () => {
  const [counter, ...others] = Array.from({ length: 11 }, newKey)
  const update = {
    TableName,
    Key: counter,
    UpdateExpression: 'ADD n :one',
    ExpressionAttributeValues: { ':one': 1 },
  }
  const results = await Promise.allSettled(
    others.map((other) =>
      db.send(
        new TransactWriteCommand({
          TransactItems: [{ Update: update }, { Put: { TableName, Item: other, ...unless } }],
        }),
      ),
    ),
  )
  const done = results.filter(({ status }) => status === 'fulfilled').length
  assert.equal((await get(counter ?? {}))?.n, done)
})

test('a canceled transaction takes back no write of others', async () => {
  const Key = newKey()
  const update = { TableName, Key, UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': 1 } }
  const TransactItems = [{ Update: update }, { ConditionCheck: { TableName, Key: newKey(), ...ifThere } }]
  const increments = Array.from({ length: 20 }, async () => {
    await assert.rejects(db.send(new TransactWriteCommand({ TransactItems })), { name: /^Transaction/ })
    await untilFree(() => db.send(new UpdateCommand(update)))
  })
  const done = await Promise.all(increments)
  assert.equal((await get(Key))?.n, done.length)
})

test('writes that a transaction takes back are never read', async () => {
  const { pk } = newKey()
  const Key = { pk, sk: '00' }
  const sorts = Array.from({ length: 50 }, (_, n) => String(n).padStart(2, '0'))
  const TransactItems = [
    ...sorts.map((sk) => ({ Put: { TableName, Item: { pk, sk } } })),
    { ConditionCheck: { TableName, Key: newKey(), ...ifThere } },
  ]
  const query = { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': pk } }
  const reads = {
    query: async () =>
      (await db.send(new QueryCommand({ TableName, ConsistentRead: true, ...query }))).Items ?? [],
    get: async () => [await get(Key)].filter((item) => item !== undefined),
    batch: async () =>
      (
        await db.send(
          new BatchGetCommand({ RequestItems: { [TableName]: { Keys: [Key], ConsistentRead: true } } }),
        )
      ).Responses?.[TableName] ?? [],
  }
  for (const [kind, read] of Object.entries(reads)) {
    let isOver = false
    const writing = assert
      .rejects(db.send(new TransactWriteCommand({ TransactItems })), { name: /^Transaction/ })
      .finally(() => {
        isOver = true
      })
    const watch = async () => {
      while (!isOver) assert.deepEqual(await read(), [], kind)
    }
    await Promise.all([writing, ...Array.from({ length: 10 }, watch)])
  }
})

test('a batch of writes is not lost to a transaction that is taken back', async () => {
  const Key = newKey()
  const check = { ConditionCheck: { TableName, Key: newKey(), ...ifThere } }
  const put = { Put: { TableName, Item: { ...Key, by: 'transaction' } } }
  for (let n = 0; n < 10; n++) {
    const PutRequest = { Item: { ...Key, by: n } }
    const batch = { RequestItems: { [TableName]: [{ PutRequest }] } }
    const writeBatch = async (): Promise<void> => {
      const { UnprocessedItems } = await db.send(new BatchWriteCommand(batch))
      if (UnprocessedItems?.[TableName]) await writeBatch()
    }
    await Promise.all([
      assert.rejects(db.send(new TransactWriteCommand({ TransactItems: [put, check] }))),
      writeBatch(),
    ])
    assert.equal((await get(Key))?.by, n)
  }
})

test('mistakes are validation errors', async () => {
  const Key = newKey()
  const mistakes = [
    () =>
      db.send(
        new UpdateCommand({
          TableName,
          Key,
          UpdateExpression: 'SET last = :x',
          ExpressionAttributeValues: { ':x': 1 },
        }),
      ),
    () => put({ pk: '' }),
    () => get({ pk: 'a' }),
    () => db.send(new TransactWriteCommand({ TransactItems: [] })),
    () =>
      db.send(
        new TransactWriteCommand({
          TransactItems: [{ Put: { TableName, Item: Key, ConditionExpression: 'syntax error (' } }],
        }),
      ),
  ]
  for (const send of mistakes) await assert.rejects(send(), { name: 'ValidationException' })
  await assert.rejects(db.send(new ScanCommand({ TableName: 'nowhere' })), {
    name: 'ResourceNotFoundException',
  })
})
