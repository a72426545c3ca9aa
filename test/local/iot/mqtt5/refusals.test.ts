import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import type { IConnectPacket, ISubscription, Packet } from 'mqtt-packet'
import type { BrokerOptions } from '../../../../local/iot/broker-options.ts'
import { createComplaints } from '../../../../local/iot/complaints.ts'
import { protocolLevelOf } from '../../../../local/iot/mqtt5/protocol-level.ts'
import { Refusal } from '../../../../local/iot/refusal.ts'
import { joined, type RawClient, rawClient, start } from './raw-client.ts'

/** A broker and what it says on the terminal. */
const open = async (t: TestContext, options: Partial<BrokerOptions> = {}) => {
  const said: string[] = []
  const arrivals = new EventEmitter()
  const warn = (line: string): void => {
    said.push(line)
    arrivals.emit('line')
  }
  const broker = await start(t, { warn, ...options })
  const line = async (): Promise<string> => {
    while (said.length === 0) await once(arrivals, 'line')
    return said.shift() ?? ''
  }
  return { broker, said, line }
}

const text = 'x'.repeat(128 * 1024 + 1)
const subscribe = (subscription: ISubscription, properties: object = {}): Packet => ({
  cmd: 'subscribe',
  messageId: 1,
  subscriptions: [subscription],
  properties,
})

/**
 * What ends the connection of a client that is in, the reason code with which it does, and the line on
 * the terminal.
 */
const mistakes: [string, (client: RawClient) => void, code: number, line: RegExp][] = [
  [
    'a publish at QoS 2',
    (it) => it.publish('a', 'x', { qos: 2, messageId: 1 }),
    0x9b,
    /QoS 2 .* Use QoS 0 or 1\./,
  ],
  [
    'a subscription at QoS 2',
    (it) => it.send(subscribe({ topic: 'a', qos: 2 })),
    0x9b,
    /QoS 2 is not supported/,
  ],
  [
    'a subscription identifier',
    (it) => it.send(subscribe({ topic: 'a', qos: 0 }, { subscriptionIdentifier: 1 })),
    0xa1,
    /subscription identifiers are not supported/,
  ],
  ['a reserved topic', (it) => it.publish('$aws/x', 'x'), 0x90, /topics that begin with \$ are reserved/],
  ['a reserved filter', (it) => it.send(subscribe({ topic: '$SYS/#', qos: 0 })), 0x8f, /reserved/],
  ['a topic with too many levels', (it) => it.publish('1/2/3/4/5/6/7/8/9', 'x'), 0x90, /more than 7 slashes/],
  ['a topic that is too long', (it) => it.publish('a'.repeat(257), 'x'), 0x90, /exceeds 256 bytes/],
  ['a packet that is too large', (it) => it.publish('a', text), 0x95, /exceeds 131072 bytes/],
  [
    'an alias that was never told',
    (it) => it.publish('', 'x', { properties: { topicAlias: 1 } }),
    0x94,
    /alias 1/,
  ],
  ['an alias beyond eight', (it) => it.publish('a', 'x', { properties: { topicAlias: 9 } }), 0x94, /1 to 8/],
  ['no topic at all', (it) => it.publish('', 'x'), 0x90, /empty or has a wildcard/],
  [
    'a response topic with a wildcard',
    (it) => it.publish('a', 'x', { properties: { responseTopic: 'a/#' } }),
    0x82,
    /breaks MQTT 5/,
  ],
  [
    'enhanced authentication',
    (it) => it.send({ cmd: 'auth', reasonCode: 0x18 }),
    0x82,
    /AUTH is not supported/,
  ],
  ['a PUBREL', (it) => it.send({ cmd: 'pubrel', messageId: 1 }), 0x82, /PUBREL is not supported/],
  [
    'a second CONNECT',
    (it) => it.send({ cmd: 'connect', clientId: 'again', protocolVersion: 5 }),
    0x82,
    /connected twice/,
  ],
  ['no MQTT', (it) => void it.socket.write('GET / HTTP/1.1\r\n\r\n'), 0x81, /a packet is malformed/],
]
for (const [what, act, reasonCode, expected] of mistakes)
  test(`${what} ends a connection of MQTT 5; client and terminal are told why`, async (t) => {
    const { broker, line } = await open(t)
    const client = await joined(t, broker, { clientId: 'pump-1' })
    act(client)
    const rest = await client.rest()
    assert.partialDeepStrictEqual(rest.at(-1), { cmd: 'disconnect', reasonCode })
    const said = await line()
    assert.match(said, /^mqtt: client "pump-1" is refused: /)
    assert.match(said, expected)
  })

const introductions: [string, Partial<IConnectPacket>, code: number, line: RegExp][] = [
  [
    'a client id over 128 bytes',
    { clientId: 'x'.repeat(129) },
    0x85,
    /"x{129}" is refused: its client id exceeds 128/,
  ],
  ['a reserved client id', { clientId: '$iot' }, 0x85, /client ids that begin with \$ are reserved/],
  ['a will at QoS 2', { will: { topic: 'a', payload: 'x', qos: 2, retain: false } }, 0x9b, /QoS 2/],
  [
    'a will on a reserved topic',
    { will: { topic: '$aws/x', payload: 'x', qos: 0, retain: false } },
    0x90,
    /reserved/,
  ],
  [
    'enhanced authentication',
    { properties: { authenticationMethod: 'SCRAM' } },
    0x8c,
    /enhanced authentication/,
  ],
  ['a receive maximum of none', { properties: { receiveMaximum: 0 } }, 0x82, /takes no message/],
  [
    'a name that the policy does not know',
    { clientId: 'stranger' },
    0x87,
    /the policy denies the connection/,
  ],
]
for (const [what, packet, reasonCode, expected] of introductions)
  test(`${what} does not get in with MQTT 5, is told why, and so is whoever sees the terminal`, async (t) => {
    const authorize: BrokerOptions['authorize'] = ({ clientId }) => clientId !== 'stranger'
    const { broker, line } = await open(t, { authorize })
    const client = await rawClient(t, broker.url)
    assert.partialDeepStrictEqual(await client.open(packet), { cmd: 'connack', reasonCode })
    assert.deepEqual(await client.rest(), [])
    assert.match(await line(), expected)
  })

const oldMistakes: [string, Partial<IConnectPacket>, (client: RawClient) => void, RegExp][] = [
  ['QoS 2', {}, (it) => it.publish('a', 'x', { qos: 2, messageId: 1 }), /"raw" is refused: QoS 2/],
  [
    'a client id over 128 bytes',
    { clientId: 'x'.repeat(129) },
    () => {},
    /client "x{129}" is refused: .*128 bytes/,
  ],
  ['a reserved topic', {}, (it) => it.publish('$aws/x', 'x'), /reserved/],
  ['a will at QoS 2', { will: { topic: 'a', payload: 'x', qos: 2, retain: false } }, () => {}, /QoS 2/],
  [
    'the policy',
    { clientId: 'stranger' },
    () => {},
    /"stranger" is refused: the policy denies the connection/,
  ],
]
for (const [what, packet, act, expected] of oldMistakes)
  test(`${what} ends a connection of MQTT 3.1.1 with a line on the terminal`, async (t) => {
    const authorize: BrokerOptions['authorize'] = ({ clientId }) => clientId !== 'stranger'
    const { broker, line } = await open(t, { authorize })
    const client = await rawClient(t, broker.url, 4)
    await client.open(packet)
    act(client)
    await client.rest()
    assert.match(await line(), expected)
  })

test('another version of MQTT is refused with the code that all of them know, and a line', async (t) => {
  const { broker, line } = await open(t)
  for (const [name, level] of [
    ['MQIsdp', 3],
    ['MQTT', 6],
  ] as const) {
    const socket = connect(Number(new URL(broker.url).port), '127.0.0.1')
    const answer = once(socket, 'data')
    socket.write(Buffer.from([0x10, 4 + name.length, 0, name.length, ...Buffer.from(name), level, 0]))
    assert.deepEqual((await answer)[0], Buffer.from([0x20, 2, 0, 1]))
    await once(socket, 'close')
    assert.equal(
      await line(),
      `mqtt: a client is refused: protocol level ${level} is not supported. Use MQTT 3.1.1 or 5.`,
    )
  }
})

test('what the policy denies is said of the message or the filter itself', async (t) => {
  const { broker, line } = await open(t, {
    authorize: ({ action, topic }) => action === 'iot:Connect' || topic === 'own',
  })
  const client = await joined(t, broker)
  const filters = ['own', 'other', '$share/group/own', 'other'].map((topic) => ({ topic, qos: 1 as const }))
  client.send({ cmd: 'subscribe', messageId: 5, subscriptions: filters })
  assert.partialDeepStrictEqual(await client.next(), {
    cmd: 'suback',
    messageId: 5,
    granted: [1, 0x87, 0x9e, 0x87],
  })
  assert.match(await line(), /the policy denies iot:Subscribe on "other"/)
  await broker.publish('other', 'unheard')
  await broker.publish('own', 'heard')
  assert.partialDeepStrictEqual(await client.next(), { payload: Buffer.from('heard') })

  client.publish('other', 'x', { qos: 1, messageId: 9 })
  assert.partialDeepStrictEqual(await client.rest(), [
    { cmd: 'puback', messageId: 9, reasonCode: 0x87 },
    { cmd: 'disconnect', reasonCode: 0x87 },
  ])
  assert.match(await line(), /the policy denies iot:Publish on "other"/)
})

test('a listener that fails leaves a message of MQTT 5 without an acknowledgement', async (t) => {
  const { broker } = await open(t)
  broker.onPublish(() => Promise.reject(new Error('the disk is full')))
  const client = await joined(t, broker)
  client.publish('a', 'x', { qos: 1, messageId: 1 })
  assert.partialDeepStrictEqual(await client.rest(), [{ cmd: 'disconnect', reasonCode: 0x80 }])
})

test('who sends more messages than it may before they are acknowledged is cut off', async (t) => {
  const { broker } = await open(t)
  broker.onPublish(() => new Promise(() => {}))
  const client = await joined(t, broker)
  for (let messageId = 1; messageId <= 101; messageId += 1) client.publish('a', 'x', { qos: 1, messageId })
  assert.partialDeepStrictEqual(await client.rest(), [{ cmd: 'disconnect', reasonCode: 0x93 }])
})

test('a starting stack asks clients to come again, and logs nothing of it', async (t) => {
  let ready = false
  const { broker, said } = await open(t, { isOpen: () => ready })
  for (const [version, code] of [
    [5, { reasonCode: 0x88 }],
    [4, { returnCode: 3 }],
  ] as const) {
    const client = await rawClient(t, broker.url, version)
    assert.partialDeepStrictEqual(await client.open(), { cmd: 'connack', ...code })
    await client.rest()
  }
  ready = true
  await joined(t, broker)
  assert.deepEqual(said, [])
})

test('clients that come again and again do not flood the terminal, and none is left out unseen', () => {
  const said: string[] = []
  let now = 0
  const complain = createComplaints({ warn: (line) => said.push(line), now: () => now })
  const refusal = new Refusal('qosNotSupported', 'QoS 2 is not supported', 'Use QoS 0 or 1.')
  for (let second = 0; second < 60; second += 1) {
    now = second * 1000
    complain('mqtt', 'again', refusal)
    complain('mqtt', `new-${second}`, refusal)
  }
  assert.equal(said.length, 10)
  now = 60_000
  complain('mqtt', 'again', refusal)
  assert.deepEqual(said.slice(10), [
    'mqtt: 110 more refusals like these were not shown',
    'mqtt: client "again" is refused: QoS 2 is not supported. Use QoS 0 or 1.',
  ])
  complain('mqtt', 'gone', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
  complain('mqtt', 'gone', new Error('keep alive timeout'))
  assert.equal(said.length, 12)
})

test('a line has what a client said of itself in printable characters, and not without end', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (clientId) => {
      const said: string[] = []
      createComplaints({ warn: (line) => said.push(line), now: () => 0 })('edge', clientId, new Error('no'))
      assert.equal(said.length, 1)
      assert.match(said[0] ?? '', /^[\x20-\x7e…]*$/)
      assert((said[0]?.length ?? 0) < 2000)
    }),
  )
})

test('the first bytes give the version as soon as it is there, and never sooner', () => {
  const name = fc.constantFrom('MQTT', 'MQIsdp')
  fc.assert(
    fc.property(name, fc.nat(255), fc.nat(3), fc.uint8Array(), (protocol, level, lengthBytes, rest) => {
      const length = [...Array(lengthBytes).fill(0x80), 0x7f]
      const head = Buffer.from([0x10, ...length, 0, protocol.length, ...Buffer.from(protocol), level])
      assert.equal(protocolLevelOf(Buffer.concat([head, rest])), level)
      for (let end = 0; end < head.length; end += 1)
        assert.equal(protocolLevelOf(head.subarray(0, end)), 'more')
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
      const level = protocolLevelOf(Buffer.from(bytes))
      if (bytes[0] !== 0x10) assert.equal(level, 'none')
    }),
  )
})
