import { EventEmitter, once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { Aedes } from 'aedes'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'

/** One message as a subscriber saw it. */
export type Message = { topic: string; payload: string; qos: number; retain: boolean }

/** What arrived so far, and a way to wait for more. */
export type Inbox = {
  messages: readonly Message[]
  until: (payload: string) => Promise<void>
  add: (message: Message) => void
}

export const inbox = (): Inbox => {
  const messages: Message[] = []
  const arrivals = new EventEmitter()
  return {
    messages,
    add: (message) => {
      messages.push(message)
      arrivals.emit('message')
    },
    until: async (payload) => {
      while (!messages.some((message) => message.payload === payload)) await once(arrivals, 'message')
    },
  }
}

/** A bridge as the cloud's side sees it: its client id and each SUBSCRIBE it sent. */
export type BridgeSession = { clientId: string; subscribes: string[][] }

/**
 * AWS IoT Core's side of a bridge: a broker in this process whose line can be cut and mended. Sessions and
 * their queues outlive a cut, as AWS keeps them for an hour.
 */
export const startCloud = async (tls?: TlsOptions) => {
  const broker = await Aedes.createBroker()
  const received = inbox()
  const sessions = new Map<string, BridgeSession>()
  const changes = new EventEmitter()
  const sockets = new Set<Socket>()
  let port = 0
  let server: Server

  broker.on('publish', ({ topic, payload, qos, retain }, client) => {
    if (client) received.add({ topic, payload: payload.toString(), qos, retain })
  })
  broker.on('subscribe', (subscriptions, { id }) => {
    const session = sessions.get(id) ?? { clientId: id, subscribes: [] }
    session.subscribes.push(subscriptions.map(({ topic }) => topic))
    sessions.set(id, session)
    changes.emit('subscribe')
  })

  /** AWS ends the connection at a message that the policy does not allow. */
  let refuses = (_topic: string): boolean => false
  broker.authorizePublish = (_client, { topic }, then) => then(refuses(topic) ? new Error('refused') : null)

  const subscriptionCount = () => [...sessions.values()].flatMap(({ subscribes }) => subscribes.flat()).length

  const mend = async () => {
    server = tls ? createTlsServer(tls) : createServer()
    server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      broker.handle(socket)
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no TCP address')
    port = address.port
  }

  const cut = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }

  await mend()
  return {
    get port() {
      return port
    },
    received,
    sessions,
    cut,
    mend,
    refuse: (which: (topic: string) => boolean): void => {
      refuses = which
    },
    /** Waits until bridges have made this many subscriptions. */
    subscribed: async (count: number) => {
      while (subscriptionCount() < count) await once(changes, 'subscribe')
    },
    send: (topic: string, payload: string) =>
      new Promise<void>((resolve, reject) => {
        const packet = { cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false } as const
        broker.publish(packet, (failure) => (failure ? reject(failure) : resolve()))
      }),
    stop: async () => {
      await cut()
      await new Promise<void>((resolve) => broker.close(() => resolve()))
    },
  }
}

export type Cloud = Awaited<ReturnType<typeof startCloud>>

/** Anything that talks to the customer's broker: a dock, or somebody who listens. */
export const join = async (url: string, topics: readonly string[], options: IClientOptions = {}) => {
  const client: MqttClient = await connectAsync(url, { reconnectPeriod: 0, ...options })
  const received = inbox()
  client.on('message', (topic, payload, { qos, retain }) =>
    received.add({ topic, payload: payload.toString(), qos, retain }),
  )
  const gone = new Promise<void>((resolve) => client.once('close', () => resolve()))
  if (topics.length > 0) await client.subscribeAsync([...topics], { qos: 1 })
  return {
    received,
    /** Resolves when the broker has ended the connection, or `leave` has. */
    gone,
    say: (topic: string, payload: string, how: { retain?: boolean; qos?: 0 | 1 } = {}) =>
      client.publishAsync(topic, payload, { qos: 1, ...how }),
    leave: () => client.endAsync(true),
  }
}
