/**
 * AWS IoT Core's message broker on this machine: MQTT 3.1.1 over TCP, aedes inside.
 * https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html
 *
 * As in AWS, a reserved `$` topic, a topic or payload over the limits, QoS 2 and whatever the policy denies end the connection
 * without an acknowledgement. Unlike AWS it acknowledges a QoS 1 publish only after the listeners are done, so a message that was
 * acknowledged is never lost by a crash here; if one fails, the connection ends and the device sends again. Sessions live in memory.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { Aedes, type PublishPacket } from 'aedes'
import { acceptPacket, type ClientAction, createHooks } from './broker-hooks.ts'
import { createConcurrencyLimit } from './concurrency.ts'
import type { Edge } from './edge.ts'
import { awsLimits, type BrokerLimits } from './limits.ts'

/** A message that the broker took. `clientId` is absent if it did not come over MQTT. */
export type PublishedMessage = {
  topic: string
  payload: Buffer
  qos: 0 | 1
  retain: boolean
  clientId?: string
  traceId: string
}

export type { ClientAction }

export type BrokerOptions = {
  host: string
  /** 0 takes any free port. */
  port: number
  /** The IoT policy; everything is allowed without one. */
  authorize?: (action: ClientAction) => boolean
  limits?: Partial<BrokerLimits>
  /** A second port whose clients log in and see the topics as at an edge broker. */
  edge?: Edge & { port: number }
  /** How many messages the listeners work on at once. @default 64 */
  maxConcurrentMessages?: number
  /** Epoch milliseconds. */
  now?: () => number
}

export type PublishOptions = { qos?: 0 | 1; retain?: boolean; expirySeconds?: number }
export type PublishListener = (message: PublishedMessage) => void | Promise<void>

export type Broker = {
  url: string
  /** Set if there is an edge port. */
  edgeUrl?: string
  /** Publishes as the data plane does, listeners first. Rejects with the reason if the broker would refuse it. */
  publish(topic: string, payload: Buffer | string, options?: PublishOptions): Promise<void>
  /** Calls the listener with every message that is published; the result takes it off again. */
  onPublish(listener: PublishListener): () => void
  /** Ends every connection. */
  close(): Promise<void>
}

const listen = (server: Server, host: string, port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      const address = server.address()
      resolve(`mqtt://${host}:${typeof address === 'object' && address ? address.port : port}`)
    })
  })

const closeServer = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()))

/** Tells the listeners of a message and settles when all of them have. */
const createListeners = (maxConcurrent: number) => {
  const listeners = new Set<PublishListener>()
  const limit = createConcurrencyLimit(maxConcurrent)
  return {
    add: (listener: PublishListener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    tell: (packet: PublishPacket, clientId: string | undefined): Promise<void> => {
      const message: PublishedMessage = {
        topic: packet.topic,
        payload: Buffer.from(packet.payload),
        qos: packet.qos === 1 ? 1 : 0,
        retain: packet.retain,
        traceId: randomUUID(),
        ...(clientId !== undefined && { clientId }),
      }
      return limit(
        async () => void (await Promise.all([...listeners].map(async (listener) => listener(message)))),
      )
    },
  }
}

/** Starts the broker; see the top of this file for its behaviour. Rejects if a port is taken. */
export const createBroker = async (options: BrokerOptions): Promise<Broker> => {
  const { host, edge } = options
  const listeners = createListeners(options.maxConcurrentMessages ?? 64)
  const edgeConnections = new WeakSet<object>()
  const hooks = {
    limits: { ...awsLimits, ...options.limits },
    authorize: options.authorize ?? (() => true),
    now: options.now ?? Date.now,
    edgeOf: (connection: object) => (edgeConnections.has(connection) ? edge : undefined),
    accepted: listeners.tell,
  }
  const aedes = await Aedes.createBroker(createHooks(hooks))
  const main = createServer((socket) => void aedes.handle(socket))
  const edgeServer = createServer((socket) => {
    edgeConnections.add(socket)
    aedes.handle(socket)
  })

  const publish: Broker['publish'] = async (topic, payload, { qos = 0, retain = false, ...expiry } = {}) => {
    const packet: PublishPacket = {
      cmd: 'publish',
      topic,
      payload: Buffer.from(payload),
      qos,
      retain,
      dup: false,
    }
    await acceptPacket(hooks, packet, expiry)
    await new Promise<void>((resolve, reject) =>
      aedes.publish(packet, (error) => (error ? reject(error) : resolve())),
    )
  }

  const close = async (): Promise<void> => {
    await new Promise<void>((resolve) => aedes.close(resolve))
    await Promise.all([main, edgeServer].map((server) => server.listening && closeServer(server)))
  }
  try {
    const url = await listen(main, host, options.port)
    const edgeUrl = edge && (await listen(edgeServer, host, edge.port))
    return { url, ...(edgeUrl && { edgeUrl }), publish, onPublish: listeners.add, close }
  } catch (error) {
    // A port is taken: nothing may stay behind, neither the other listener nor the broker's timers.
    await close()
    throw error
  }
}
