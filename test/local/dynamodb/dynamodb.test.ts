import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
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
import type { DynamoDbOptions } from '../../../local/dynamodb/dynamodb.ts'
import { createEngine } from '../../../local/dynamodb/engine.ts'
import type { Usage } from '../../../local/dynamodb/worker-messages.ts'
import { credentials, startDynamoDb, tableProperties } from './start.ts'

const TableName = 'Jobs'
const key = { pk: 'job', sk: 'x' }

const newDirectory = (t: TestContext): string => {
  const directory = mkdtempSync(join(tmpdir(), 'groundcrew-dynamodb-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

const start = async (t: TestContext, options: Partial<DynamoDbOptions<string>> = {}) => {
  const running = await startDynamoDb({ tables: [tableProperties(TableName)], lagMs: 0, ...options })
  const db = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint: running.endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 }),
  )
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    db.destroy()
    stopping ??= running.stop()
    return stopping
  }
  t.after(stop)
  return { ...running, db, stop }
}

const denial = (code: string, message: string): Error =>
  Object.assign(new Error(message), { code, status: 403 })

test('each call is checked by its action on its table or index', async (t) => {
  const asked: unknown[] = []
  const { db } = await start(t, { authorize: (session, request) => void asked.push([session, request]) })
  const table = 'arn:aws:dynamodb:eu-central-1:000000000000:table/Jobs'
  const query = { TableName, KeyConditionExpression: 'kind = :k', ExpressionAttributeValues: { ':k': 'k' } }
  await db.send(new PutCommand({ TableName, Item: key }))
  await db.send(new QueryCommand({ ...query, IndexName: 'by-kind' }))
  await db.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys: [key] } } }))
  await db.send(
    new TransactWriteCommand({
      TransactItems: [
        { Put: { TableName, Item: { ...key, pk: 'a' } } },
        { ConditionCheck: { TableName, Key: key, ConditionExpression: 'attribute_exists(pk)' } },
      ],
    }),
  )
  const writing = { context: { 'dynamodb:EnclosingOperation': 'TransactWriteItems' } }
  assert.deepEqual(
    asked,
    [
      { action: 'dynamodb:PutItem', resource: table },
      { action: 'dynamodb:Query', resource: `${table}/index/by-kind` },
      { action: 'dynamodb:BatchGetItem', resource: table },
      { action: 'dynamodb:PutItem', resource: table, ...writing },
      { action: 'dynamodb:ConditionCheckItem', resource: table, ...writing },
    ].map((request) => ['anybody', request]),
  )
})

test('what is not allowed is denied and changes nothing', async (t) => {
  const { db } = await start(t, {
    authorize: (_, { action }) => {
      if (action === 'dynamodb:PutItem')
        throw denial('AccessDeniedException', `not authorized to perform: ${action}`)
    },
  })
  const allowed = {
    Update: { TableName, Key: key, UpdateExpression: 'SET n = :n', ExpressionAttributeValues: { ':n': 1 } },
  }
  const denied = { Put: { TableName, Item: { ...key, pk: 'other' } } }
  await assert.rejects(db.send(new TransactWriteCommand({ TransactItems: [allowed, denied] })), {
    name: 'AccessDeniedException',
    message: 'not authorized to perform: dynamodb:PutItem',
  })
  assert.equal((await db.send(new ScanCommand({ TableName }))).Count, 0)
})

test('a bad signature and an operation that is not emulated are refused', async (t) => {
  const { endpoint } = await start(t, {
    authenticate: async ({ headers }) => {
      if (headers.authorization === undefined) throw denial('MissingAuthenticationTokenException', 'no token')
      return 'somebody'
    },
  })
  const send = async (operation: string, headers: Record<string, string>) => {
    const target = { 'x-amz-target': `DynamoDB_20120810.${operation}` }
    const response = await fetch(endpoint, { method: 'POST', body: '{}', headers: { ...target, ...headers } })
    return [response.status, await response.json()]
  }
  const namespace = 'com.amazon.coral.service'
  for (const operation of ['TransactGetItems', 'UpdateTimeToLive'])
    assert.match(JSON.stringify(await send(operation, { authorization: 'x' })), /is not emulated/)
  assert.deepEqual(await send('ListTables', {}), [
    400,
    { __type: `${namespace}#MissingAuthenticationTokenException`, message: 'no token' },
  ])
  assert.deepEqual(await send('ExecuteStatement', { authorization: 'x' }), [
    400,
    { __type: `${namespace}#UnknownOperationException`, message: 'ExecuteStatement is not emulated' },
  ])
})

test('data survives a restart', async (t) => {
  const directory = newDirectory(t)
  const first = await start(t, { directory })
  await first.db.send(new PutCommand({ TableName, Item: { ...key, n: 1 } }))
  await first.stop()
  const { db } = await start(t, { directory })
  assert.deepEqual((await db.send(new GetCommand({ TableName, Key: key }))).Item, { ...key, n: 1 })
})

test('a transaction survives a restart', async (t) => {
  const directory = newDirectory(t)
  const first = await start(t, { directory })
  await first.db.send(
    new TransactWriteCommand({ TransactItems: [{ Put: { TableName, Item: { ...key, n: 1 } } }] }),
  )
  await first.stop()
  const { db } = await start(t, { directory })
  assert.deepEqual((await db.send(new GetCommand({ TableName, Key: key }))).Item, { ...key, n: 1 })
})

test('data survives SIGKILL, and a transaction that it interrupts happens as a whole or not at all', async (t) => {
  const directory = newDirectory(t)
  const script = fileURLToPath(new URL('./killed.ts', import.meta.url))
  const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  const { db } = await start(t, { directory })
  const { Items = [] } = await db.send(new ScanCommand({ TableName }))
  const [a, b] = Items.map(({ at }) => at)
  assert.ok(a >= 100 && a === b, `${a} and ${b}`)
  const index = {
    IndexName: 'by-kind',
    KeyConditionExpression: 'kind = :k',
    ExpressionAttributeValues: { ':k': 'k' },
  }
  const entries = (await db.send(new QueryCommand({ TableName, ...index }))).Items ?? []
  assert.deepEqual(entries.map(({ sk, at }) => [sk, at]).toSorted(), [
    ['a', a],
    ['b', a],
  ])
})

test('a table whose keys or indexes changed is named, with the way out', async (t) => {
  const directory = newDirectory(t)
  await (await start(t, { directory })).stop()
  const changed = {
    ...tableProperties(TableName),
    GlobalSecondaryIndexes: [],
    AttributeDefinitions: tableProperties('').AttributeDefinitions.slice(0, 2),
  }
  await assert.rejects(start(t, { directory, tables: [changed] }), /table Jobs .*--fresh/)
  await (await start(t, { directory })).stop()
})

test('a table with a stream of other images than ours stops the start', async (t) => {
  const streaming = { ...tableProperties(TableName), StreamSpecification: { StreamViewType: 'NEW_IMAGE' } }
  await assert.rejects(start(t, { tables: [streaming] }), /NEW_AND_OLD_IMAGES/)
})

test('expired items are deleted by the sweep, and only those', async (t) => {
  const nowSeconds = 1_800_000_000
  const { db, sweepExpired } = await start(t, { now: () => nowSeconds * 1000 })
  const items = {
    expired: nowSeconds - 1,
    later: nowSeconds + 1,
    ancient: nowSeconds - 6 * 365 * 86_400,
    text: String(nowSeconds - 1),
    never: undefined,
  }
  for (const [sk, expiresAt] of Object.entries(items))
    await db.send(
      new PutCommand({ TableName, Item: { pk: 'ttl', sk, ...(expiresAt !== undefined && { expiresAt }) } }),
    )
  assert.equal(await sweepExpired(), 1)
  assert.equal(await sweepExpired(), 0)
  const { Items } = await db.send(new ScanCommand({ TableName }))
  assert.deepEqual(Items?.map(({ sk }) => sk).toSorted(), ['ancient', 'later', 'never', 'text'])
})

test('the meter counts every unit, those of indexes and failed conditions included', async (t) => {
  const used: Usage[] = []
  const { db } = await start(t, { meter: (usage) => void used.push(usage) })
  await db.send(new PutCommand({ TableName, Item: { ...key, big: 'x'.repeat(1500) } }))
  const indexed = { ...key, sk: 'indexed', kind: 'k', at: 1 }
  await db.send(new PutCommand({ TableName, Item: indexed }))
  await db.send(
    new TransactWriteCommand({ TransactItems: [{ Delete: { TableName, Key: { ...key, sk: 'indexed' } } }] }),
  )
  const update = {
    TableName,
    Key: key,
    UpdateExpression: 'SET n = :n',
    ExpressionAttributeValues: { ':n': 1 },
  }
  const failing = new UpdateCommand({ ...update, ConditionExpression: 'attribute_not_exists(pk)' })
  await assert.rejects(db.send(failing), { name: 'ConditionalCheckFailedException' })
  const read = await db.send(new GetCommand({ TableName, Key: key }))
  assert.equal(read.ConsumedCapacity, undefined)
  const told = new GetCommand({ TableName, Key: key, ReturnConsumedCapacity: 'TOTAL' })
  await assert.rejects(db.send(told), /ReturnConsumedCapacity is not emulated/)
  assert.deepEqual(used, [
    { operation: 'PutItem', tableName: TableName, kind: 'write', units: 2, indexUnits: 0 },
    { operation: 'PutItem', tableName: TableName, kind: 'write', units: 1, indexUnits: 1 },
    { operation: 'TransactWriteItems', tableName: TableName, kind: 'write', units: 2, indexUnits: 2 },
    { operation: 'UpdateItem', tableName: TableName, kind: 'write', units: 2 },
    { operation: 'GetItem', tableName: TableName, kind: 'read', units: 0.5 },
  ])
})

test('an index costs where its entry changes, a transaction costs twice, and a check in it what a write does', async (t) => {
  const used: [number, number][] = []
  const { db } = await start(t, { meter: ({ units, indexUnits = 0 }) => void used.push([units, indexUnits]) })
  for (const values of [
    { step: 1 },
    { kind: 'k', at: 1 },
    { step: 2 },
    { at: 2 },
    { big: 'ü'.repeat(600) },
  ]) {
    const names = Object.keys(values)
    await db.send(
      new UpdateCommand({
        TableName,
        Key: key,
        UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries(
          Object.entries(values).map(([name, value]) => [`:${name}`, value]),
        ),
      }),
    )
  }
  const absent = { TableName, Key: { ...key, sk: 'absent' }, ConditionExpression: 'attribute_not_exists(pk)' }
  const written = { Put: { TableName, Item: { ...key, sk: 'written' } } }
  await db.send(new TransactWriteCommand({ TransactItems: [written, { ConditionCheck: absent }] }))
  assert.deepEqual(used, [
    [1, 0],
    [1, 1],
    [1, 0],
    [1, 2],
    [2, 0],
    [4, 0],
  ])
})

test('a meter changes no answer', async (t) => {
  const { db } = await start(t, { meter: () => {} })
  const put = (n: number, ReturnValues?: 'ALL_OLD') =>
    db.send(new PutCommand({ TableName, Item: { ...key, n }, ...(ReturnValues && { ReturnValues }) }))
  const update = (ReturnValues?: 'ALL_OLD' | 'UPDATED_OLD' | 'ALL_NEW' | 'UPDATED_NEW') =>
    db.send(
      new UpdateCommand({
        TableName,
        Key: key,
        UpdateExpression: 'ADD n :one',
        ExpressionAttributeValues: { ':one': 1 },
        ...(ReturnValues && { ReturnValues }),
      }),
    )
  const answers = [
    await put(1),
    await put(2, 'ALL_OLD'),
    await update(),
    await update('ALL_OLD'),
    await update('UPDATED_OLD'),
    await update('ALL_NEW'),
    await update('UPDATED_NEW'),
    await db.send(new DeleteCommand({ TableName, Key: key })),
  ]
  assert.deepEqual(
    answers.map(({ Attributes }) => Attributes),
    [
      undefined,
      { ...key, n: 1 },
      undefined,
      { ...key, n: 3 },
      { n: 4 },
      { ...key, n: 6 },
      { n: 7 },
      undefined,
    ],
  )
})

test('the meter sees what a write left behind, whatever the caller is shown', async (t) => {
  const used: number[] = []
  const { db } = await start(t, { meter: ({ units }) => void used.push(units) })
  const update = (of: string, ReturnValues: 'NONE' | 'UPDATED_NEW') =>
    db.send(
      new UpdateCommand({
        TableName,
        Key: { ...key, sk: of },
        UpdateExpression: 'SET big = :big',
        ExpressionAttributeValues: { ':big': 'x'.repeat(1500) },
        ReturnValues,
      }),
    )
  await update('a', 'NONE')
  await update('b', 'UPDATED_NEW')
  await db.send(new DeleteCommand({ TableName, Key: { ...key, sk: 'a' } }))
  await db.send(new PutCommand({ TableName, Item: { ...key, sk: 'b' } }))
  assert.deepEqual(used, [2, 2, 2, 2])
})

test('a planned fault fails the next call and no other', async (t) => {
  const { db, faults } = await start(t)
  const put = () => db.send(new PutCommand({ TableName, Item: key }))
  faults.failNext('PutItem', 'ThrottlingException')
  await assert.rejects(put(), { name: 'ThrottlingException' })
  await put()
})

/** The item `key` as the database writes it. */
const heldKey = { pk: { S: key.pk }, sk: { S: key.sk } }
const increment = {
  TableName,
  Key: key,
  UpdateExpression: 'ADD n :one',
  ExpressionAttributeValues: { ':one': 1 },
}
const other = { TableName, Item: { ...key, pk: 'other' } }

test('a transaction with an item of one under way is cancelled, and changes nothing', async (t) => {
  const { db, holdItems } = await start(t)
  const write = new TransactWriteCommand({ TransactItems: [{ Put: other }, { Update: increment }] })
  const giveBack = holdItems(TableName, [heldKey])
  await assert.rejects(db.send(write), (error) => {
    assert.ok(error instanceof TransactionCanceledException)
    assert.deepEqual(error.CancellationReasons, [
      { Code: 'None' },
      { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' },
    ])
    assert.match(error.message, /\[None, TransactionConflict\]/)
    return true
  })
  assert.equal((await db.send(new ScanCommand({ TableName }))).Count, 0)
  giveBack()
  await db.send(write)
  assert.equal((await db.send(new ScanCommand({ TableName }))).Count, 2)
})

test('an item in a transaction takes no other write', async (t) => {
  const { db, holdItems } = await start(t)
  await db.send(new PutCommand({ TableName, Item: { ...key, n: 1 } }))
  const writes = [
    () => db.send(new PutCommand({ TableName, Item: key })),
    () => db.send(new UpdateCommand(increment)),
    () => db.send(new DeleteCommand({ TableName, Key: key })),
  ]
  const giveBack = holdItems(TableName, [heldKey])
  for (const write of writes)
    await assert.rejects(write(), {
      name: 'TransactionConflictException',
      message: 'Transaction is ongoing for the item',
    })
  const PutRequests = [{ PutRequest: { Item: key } }, { PutRequest: { Item: other.Item } }]
  const batch = await db.send(new BatchWriteCommand({ RequestItems: { [TableName]: PutRequests } }))
  assert.deepEqual(batch.UnprocessedItems, { [TableName]: [{ PutRequest: { Item: key } }] })
  assert.deepEqual((await db.send(new GetCommand({ TableName, Key: key }))).Item, { ...key, n: 1 })
  giveBack()
  await db.send(new UpdateCommand(increment))
  assert.equal((await db.send(new GetCommand({ TableName, Key: other.Item }))).Item?.pk, 'other')
})

test('transactions that meet are cancelled but one, and each that was not has its effect', async (t) => {
  // In a thread of its own, as in npm start, several are under way at a time.
  const { db } = await start(t, { openEngine: createEngine })
  const write = new TransactWriteCommand({ TransactItems: [{ Update: increment }, { Put: other }] })
  const results = await Promise.allSettled(Array.from({ length: 40 }, () => db.send(write)))
  const done = results.filter(({ status }) => status === 'fulfilled').length
  const reasons = results.flatMap((result) =>
    result.status === 'rejected' ? result.reason.CancellationReasons : [],
  )
  assert.ok(done >= 1 && done < 40, `${done} were done`)
  assert.deepEqual(new Set(reasons.map(({ Code }) => Code)), new Set(['TransactionConflict']))
  assert.equal((await db.send(new GetCommand({ TableName, Key: key }))).Item?.n, done)
})

test('a transaction whose client token is in use is refused', async (t) => {
  const { db } = await start(t)
  const write = (ClientRequestToken: string) =>
    db.send(new TransactWriteCommand({ ClientRequestToken, TransactItems: [{ Update: increment }] }))
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => write('same')))
  for (const result of results)
    if (result.status === 'rejected') assert.equal(result.reason.name, 'TransactionInProgressException')
  await write('same')
  assert.equal((await db.send(new GetCommand({ TableName, Key: key }))).Item?.n, 1)
})
