import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { after, before, describe, it, type TestContext } from 'node:test'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import { clientSettings } from '../../../lambdas/runtime/aws-client.ts'
import { fullJitter } from '../../../lambdas/runtime/backoff.ts'
import { withinMs } from '../../../lambdas/runtime/time-left.ts'
import { openClient, writeTogether } from '../../../lambdas/table/client.ts'
import { readAll } from '../../../lambdas/table/pages.ts'
import { startDynamoDb } from '../../local/dynamodb/start.ts'
import { tableOn, tableProperties } from '../../support/table.ts'

const Key = { pk: 'HELD', sk: 'x' }
const held = { pk: { S: Key.pk }, sk: { S: Key.sk } }
const other = { pk: 'FREE', sk: 'x' }

describe('a conflict with another writer', () => {
  let database: Awaited<ReturnType<typeof startDynamoDb>>
  before(async () => {
    database = await startDynamoDb({ tables: [tableProperties()] })
  })
  after(() => database.stop())

  /** A client of its own, and a transaction of somebody that ends with the client's third attempt. */
  const held3Attempts = () => {
    const table = tableOn(database.endpoint)
    const giveBack = database.holdItems(table.name, [held])
    let attempts = 0
    table.client.middlewareStack.add(
      (next) => (args) => {
        attempts += 1
        if (attempts === 3) giveBack()
        return next(args)
      },
      // Behind the middleware that repeats.
      { step: 'finalizeRequest', priority: 'low' },
    )
    return { table, attempts: () => attempts }
  }
  const add = (name: string) => ({
    TableName: name,
    Key,
    UpdateExpression: 'ADD n :one',
    ExpressionAttributeValues: { ':one': 1 },
  })

  it('is waited for by a write', async () => {
    const { table, attempts } = held3Attempts()
    await table.client.send(new UpdateCommand(add(table.name)))
    assert.equal(attempts(), 3)
    table.client.destroy()
  })

  it('is waited for by a transaction', async () => {
    const { table, attempts } = held3Attempts()
    const parts = {
      held: { Update: add(table.name) },
      other: { Put: { TableName: table.name, Item: other } },
    }
    assert.equal(await writeTogether(table, parts), undefined)
    assert.equal(attempts(), 3)
    table.client.destroy()
  })

  it('does not hide a failed condition', async () => {
    const { table, attempts } = held3Attempts()
    const ConditionExpression = 'attribute_exists(never)'
    const parts = { held: { Update: { ...add(table.name), ConditionExpression } } }
    const refused = await writeTogether(table, parts)
    assert.deepEqual(Object.keys(refused ?? {}), ['held'])
    assert.equal(attempts(), 3)
    table.client.destroy()
  })

  it('is waited for no longer than the invocation lasts', async () => {
    const table = tableOn(database.endpoint)
    const giveBack = database.holdItems(table.name, [held])
    const write = () => withinMs(200, () => table.client.send(new UpdateCommand(add(table.name))))
    await assert.rejects(write, { name: /^(TransactionConflictException|TimeoutError)$/ })
    giveBack()
  })

  it('is waited for, as is throttling', async () => {
    const table = tableOn(database.endpoint)
    database.faults.failNext('PutItem', 'ThrottlingException', 5)
    const put = () =>
      withinMs(200, () => table.client.send(new PutCommand({ TableName: table.name, Item: other })))
    await assert.rejects(put, { name: /^(ThrottlingException|TimeoutError)$/ })
  })
})

/** A server that is done for when the test is. */
const serverOf = async (t: TestContext, listener: RequestListener): Promise<string> => {
  const server = createServer(listener).listen(0, '127.0.0.1')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}

describe('a service that hangs', () => {
  const place = { region: 'eu-central-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }

  it('is given up before the invocation ends', async (t) => {
    let requests = 0
    const endpoint = await serverOf(t, () => void requests++)
    const table = openClient({ ...place, endpoint })
    const secrets = new SecretsManagerClient({ ...clientSettings(), ...place, endpoint })
    const calls = [
      () => table.send(new PutCommand({ TableName: 'Records', Item: Key })),
      () => secrets.send(new GetSecretValueCommand({ SecretId: 's' })),
    ]
    for (const call of calls) await assert.rejects(withinMs(300, call), { name: 'TimeoutError' })
    assert.equal(requests, 2)
    await assert.rejects(
      withinMs(0, () => Promise.all(calls.map((call) => call()))),
      { name: 'TimeoutError' },
    )
  })

  it('is given up in the middle of its answer', async (t) => {
    const endpoint = await serverOf(t, (_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{')
    })
    const table = openClient({ ...place, endpoint })
    const put = () => table.send(new PutCommand({ TableName: 'Records', Item: Key }))
    await assert.rejects(withinMs(300, put))
  })
})

it('unprocessed keys are requested again with backoff, while there is time', async (t) => {
  let calls = 0
  const endpoint = await serverOf(t, (request, response) => {
    calls += 1
    request.resume()
    const Keys = [held]
    response.end(JSON.stringify({ Responses: {}, UnprocessedKeys: { Records: { Keys } } }))
  })
  const table = tableOn(endpoint)
  await assert.rejects(
    withinMs(3000, () => readAll(table, [Key])),
    { name: 'ThrottlingError' },
  )
  assert.ok(calls < 40, `${calls} calls`)
  table.client.destroy()
})

it('the wait before a retry is random, up to a limit that doubles', () => {
  const backoff = fc.record({
    first: fc.integer({ min: 1, max: 1000 }),
    most: fc.integer({ min: 1, max: 20_000 }),
  })
  fc.assert(
    fc.property(backoff, fc.nat(60), fc.double({ min: 0, max: 1, noNaN: true }), (given, attempt, share) => {
      const limit = Math.min(given.most, given.first * 2 ** attempt)
      assert.equal(
        fullJitter(given, attempt, () => share),
        share * limit,
      )
    }),
  )
})
