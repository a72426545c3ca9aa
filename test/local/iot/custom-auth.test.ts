import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { connectAsync } from 'mqtt'
import { createClock } from '../../../local/clock.ts'
import { createBroker } from '../../../local/iot/broker.ts'

const iot = 'arn:aws:iot:eu-central-1:000000000000'
const policy = (Action: string, Resource: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource }],
})
const answer = {
  isAuthenticated: true,
  principalId: 'dock',
  disconnectAfterInSeconds: 86_400,
  refreshAfterInSeconds: 300,
  policyDocuments: [policy('iot:Connect', `${iot}:client/SN1`)],
}

const start = async (t: TestContext, ask: (event: object) => Promise<unknown>) => {
  const clock = createClock()
  const broker = await createBroker({ host: '127.0.0.1', port: 0, clock, docks: { port: 0, iot, ask } })
  t.after(() => broker.close())
  t.after(clock.close)
  const connect = async (clientId = 'SN1') => {
    const login = { clientId, username: 'user', password: 'pass', reconnectPeriod: 0 }
    const client = await connectAsync(broker.docksUrl ?? '', login, false)
    t.after(() => client.endAsync(true))
    return client
  }
  return { broker, clock, connect }
}

test('an authorizer gets user name, client id and the password in base64, as from IoT Core', async (t) => {
  const events: object[] = []
  const { connect } = await start(t, async (event) => {
    events.push(event)
    return answer
  })
  await connect()
  const [{ connectionMetadata, ...event } = { connectionMetadata: undefined }] = events.map((one) => ({
    connectionMetadata: undefined,
    ...one,
  }))
  assert.ok(connectionMetadata)
  assert.deepEqual(event, {
    protocolData: {
      tls: { serverName: 'localhost' },
      mqtt: { username: 'user', password: 'cGFzcw==', clientId: 'SN1' },
    },
    protocols: ['tls', 'mqtt'],
    signatureVerified: false,
  })
})

const wrong: Record<string, unknown> = {
  'no answer': undefined,
  'one that says no': { ...answer, isAuthenticated: false },
  'a principal with a hyphen': { ...answer, principalId: 'dock-1' },
  'a refresh sooner than after 300 seconds': { ...answer, refreshAfterInSeconds: 299 },
  'an end later than after a day': { ...answer, disconnectAfterInSeconds: 86_401 },
  'policies as text': { ...answer, policyDocuments: [JSON.stringify(answer.policyDocuments[0])] },
  'eleven policies': { ...answer, policyDocuments: Array(11).fill(answer.policyDocuments[0]) },
  'a policy of more than 2,048 characters': {
    ...answer,
    policyDocuments: [...answer.policyDocuments, policy('iot:Publish', `${iot}:topic/${'x'.repeat(2048)}`)],
  },
  'a policy without the connection': { ...answer, policyDocuments: [] },
}
for (const [what, given] of Object.entries(wrong))
  test(`${what} lets nobody in`, async (t) => {
    const { connect } = await start(t, async () => given)
    await assert.rejects(connect(), /Not authorized/)
  })

test('an authorizer that takes more than five seconds refuses the connection', async (t) => {
  const asked = Promise.withResolvers<void>()
  const { clock, connect } = await start(t, () => {
    asked.resolve()
    return new Promise(() => {})
  })
  const refused = assert.rejects(connect(), /Not authorized/)
  await asked.promise
  clock.advance(5_000)
  await refused
})

test('a connection ends when its refresh fails, and is ended by the data plane', async (t) => {
  const answers: unknown[] = [answer, { ...answer, isAuthenticated: false }, answer]
  const { broker, clock, connect } = await start(t, async () => answers.shift())
  const first = await connect()
  const gone = new Promise<void>((resolve) => first.once('close', () => resolve()))
  clock.advance(300_000)
  await gone
  const second = await connect()
  const goneToo = new Promise<void>((resolve) => second.once('close', () => resolve()))
  assert.equal(await broker.disconnect('SN1', true), true)
  await goneToo
  assert.equal(await broker.disconnect('SN1', true), false)
})
