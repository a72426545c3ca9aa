import { EventEmitter, once } from 'node:events'
import { connect } from 'node:net'
import type { TestContext } from 'node:test'
import { generate, type IConnectPacket, type Packet, parser } from 'mqtt-packet'
import { type Broker, createBroker } from '../../../../local/iot/broker.ts'
import type { BrokerOptions } from '../../../../local/iot/broker-options.ts'

export const start = async (t: TestContext, options: Partial<BrokerOptions> = {}): Promise<Broker> => {
  const broker = await createBroker({ host: '127.0.0.1', port: 0, ...options })
  t.after(() => broker.close())
  return broker
}

/** One end of a line to a broker that sees every packet and sends any. */
export const rawClient = async (t: TestContext, url: string, protocolVersion: 4 | 5 = 5) => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  const packets: Packet[] = []
  const arrivals = new EventEmitter()
  const reader = parser({ protocolVersion })
  reader.on('packet', (packet) => {
    packets.push(packet)
    arrivals.emit('change')
  })
  let isClosed = false
  socket.on('data', (bytes) => reader.parse(bytes))
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
    arrivals.emit('change')
  })
  const send = (packet: Packet): void => void socket.write(generate(packet, { protocolVersion }))
  /** The next packet; undefined once the broker has closed the connection. */
  const next = async (): Promise<Packet | undefined> => {
    while (packets.length === 0 && !isClosed) await once(arrivals, 'change')
    return packets.shift()
  }
  return {
    socket,
    send,
    next,
    /** All packets up to the end of the connection. */
    rest: async (): Promise<Packet[]> => {
      const all: Packet[] = []
      for (let packet = await next(); packet; packet = await next()) all.push(packet)
      return all
    },
    open: (packet: Partial<IConnectPacket> = {}): Promise<Packet | undefined> => {
      send({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion,
        clean: true,
        clientId: 'raw',
        keepalive: 60,
        ...packet,
      })
      return next()
    },
    publish: (topic: string, payload: string | Buffer, more: object = {}): void =>
      send({ cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false, ...more }),
    subscribe: async (...topics: string[]): Promise<Packet | undefined> => {
      send({ cmd: 'subscribe', messageId: 1, subscriptions: topics.map((topic) => ({ topic, qos: 1 })) })
      return next()
    },
    /** Leaves, and waits until the broker has noticed. */
    leave: async (more: object = {}): Promise<void> => {
      send({ cmd: 'disconnect', ...more })
      while (!isClosed) await once(arrivals, 'change')
    },
  }
}
export type RawClient = Awaited<ReturnType<typeof rawClient>>

/** A client that is connected. */
export const joined = async (
  t: TestContext,
  { url }: Broker,
  packet: Partial<IConnectPacket> = {},
  version: 4 | 5 = 5,
): Promise<RawClient> => {
  const client = await rawClient(t, url, version)
  const answer = await client.open(packet)
  if (answer?.cmd !== 'connack' || (answer.reasonCode ?? answer.returnCode) !== 0)
    throw new Error(`not let in: ${JSON.stringify(answer)}`)
  return client
}
