import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type TestContext, test } from 'node:test'
import { DeleteConnectionCommand, IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane'
import { createDataPlane } from '../../../local/iot/data-plane.ts'

type Published = { topic: string; text: string; options: unknown }

const start = async (t: TestContext) => {
  const published: Published[] = []
  const asked: unknown[] = []
  const disconnected: unknown[] = []
  const listener = createDataPlane({
    region: 'eu-central-1',
    accountId: '000000000000',
    authenticate: async (request: IncomingMessage) => {
      if (request.headers.authorization === undefined) throw new Error('Missing Authentication Token')
      return 'session'
    },
    authorize: (session, request) => {
      asked.push([session, request])
      if (request.resource.endsWith('/denied')) throw new Error('not authorized to perform iot:Publish')
    },
    disconnect: async (clientId, cleanSession) => {
      disconnected.push({ clientId, cleanSession })
      return clientId === 'SN1-7'
    },
    publish: async (topic, payload, options) => {
      published.push({ topic, text: payload.toString(), options })
    },
  })
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = server.address()
  const endpoint = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const client = new IoTDataPlaneClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  })
  t.after(() => client.destroy())
  return { client, endpoint, published, asked, disconnected }
}

test('publishes what the SDK sends, with its expiry', async (t) => {
  const { client, published, asked } = await start(t)
  const topic = 'thing/product/S N+ü/services'.replace('+', '')
  await client.send(new PublishCommand({ topic, qos: 1, payload: Buffer.from('{}'), messageExpiry: 15 }))
  assert.deepEqual(published, [{ topic, text: '{}', options: { qos: 1, retain: false, expirySeconds: 15 } }])
  const resource = `arn:aws:iot:eu-central-1:000000000000:topic/${topic}`
  assert.deepEqual(asked, [['session', { action: 'iot:Publish', resource }]])
})

test('publishes at QoS 0 and not retained by default', async (t) => {
  const { client, published } = await start(t)
  await client.send(new PublishCommand({ topic: 'a' }))
  await client.send(new PublishCommand({ topic: 'a', retain: true }))
  assert.deepEqual(
    published.map(({ options }) => options),
    [
      { qos: 0, retain: false },
      { qos: 0, retain: true },
    ],
  )
})

test('refuses in the words of AWS', async (t) => {
  const { client, published } = await start(t)
  const refusals: [ConstructorParameters<typeof PublishCommand>[0], string, number][] = [
    [{ topic: 'denied' }, 'ForbiddenException', 403],
    [{ topic: '$aws/things' }, 'InvalidRequestException', 400],
    [{ topic: 'a', qos: 2 }, 'InvalidRequestException', 400],
    [{ topic: 'a', payload: Buffer.alloc(128 * 1024 + 1) }, 'RequestEntityTooLargeException', 413],
  ]
  for (const [input, name, httpStatusCode] of refusals)
    await assert.rejects(client.send(new PublishCommand(input)), (error: Error & { $metadata?: object }) => {
      assert.equal(error.name, name)
      assert.equal(
        error.$metadata && 'httpStatusCode' in error.$metadata && error.$metadata.httpStatusCode,
        httpStatusCode,
      )
      return true
    })
  assert.deepEqual(published, [])
})

test('an unsigned request is forbidden and another operation says that it is not emulated', async (t) => {
  const { endpoint } = await start(t)
  const unsigned = await fetch(`${endpoint}/topics/a`, { method: 'POST', body: 'x' })
  assert.deepEqual([unsigned.status, unsigned.headers.get('x-amzn-errortype')], [403, 'ForbiddenException'])
  const shadow = await fetch(`${endpoint}/things/x/shadow`)
  assert.deepEqual(
    [shadow.status, shadow.headers.get('x-amzn-errortype')],
    [404, 'ResourceNotFoundException'],
  )
})

test('ends a client’s connection, with the right to end that one', async (t) => {
  const { client, asked, disconnected } = await start(t)
  await client.send(new DeleteConnectionCommand({ clientId: 'SN1-7', cleanSession: true }))
  assert.deepEqual(disconnected, [{ clientId: 'SN1-7', cleanSession: true }])
  const resource = 'arn:aws:iot:eu-central-1:000000000000:client/SN1-7'
  assert.deepEqual(asked, [['session', { action: 'iot:DeleteConnection', resource }]])
  await assert.rejects(client.send(new DeleteConnectionCommand({ clientId: 'SN2' })), {
    name: 'ResourceNotFoundException',
  })
  await assert.rejects(client.send(new DeleteConnectionCommand({ clientId: 'denied' })), {
    name: 'ForbiddenException',
  })
  const will = { clientId: 'SN1-7', preventWillMessage: true }
  await assert.rejects(client.send(new DeleteConnectionCommand(will)), { name: 'InvalidRequestException' })
})
