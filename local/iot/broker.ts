/**
 * AWS IoT Core's message broker on this machine: MQTT 3.1.1 and 5 over TCP, built on aedes.
 * https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html
 *
 * As in AWS, these end the connection without an acknowledgement: a reserved `$` topic, a topic or payload
 * over the limits, QoS 2, and an action that the policy denies. An MQTT 5 client gets the reason. Unlike AWS
 * it acknowledges a QoS 1 publish only after the listeners are done, so a crash here never loses an
 * acknowledged message. If a listener fails, the connection ends and the device sends again. Sessions are
 * kept in memory.
 */
import { createServer, type Server, type Socket } from 'node:net'
import type { PublishPacket } from 'aedes'
import type { BrokerOptions } from './broker-options.ts'
import type { ClientAction } from './client-action.ts'
import { createListeners, type PublishedMessage, type PublishListener } from './listeners.ts'
import { type Entrance, openAedes } from './open-aedes.ts'

export type { ClientAction, PublishedMessage, PublishListener }
export type PublishOptions = { qos?: 0 | 1; retain?: boolean; expirySeconds?: number }

export type Broker = {
  url: string
  /** Set if there is an edge port. */
  edgeUrl?: string
  /** Set if there is a port for docks with accounts. */
  docksUrl?: string
  /**
   * Publishes as the data plane does, to the listeners first. Rejects with the reason if the broker would
   * refuse the message.
   */
  publish(topic: string, payload: Buffer | string, options?: PublishOptions): Promise<void>
  /** Calls the listener with every published message; returns a function that removes it. */
  onPublish(listener: PublishListener): () => void
  /**
   * Calls the listener with every lifecycle event, as a message from the broker itself; returns a function
   * that removes the listener.
   */
  onLifecycle(listener: PublishListener): () => void
  /** Ends a client's connection, as the data plane does; false if it is not connected. */
  disconnect(clientId: string, cleanSession: boolean): Promise<boolean>
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

/** Starts the broker; see the top of this file for its behaviour. Rejects if a port is taken. */
export const createBroker = async (options: BrokerOptions): Promise<Broker> => {
  const { host, edge, docks } = options
  const listeners = createListeners(options.maxConcurrentMessages ?? 64)
  const lifecycleListeners = createListeners(Number.POSITIVE_INFINITY)
  const {
    aedes,
    delivery,
    enter,
    disconnect,
    close: closeAedes,
  } = await openAedes(options, {
    accepted: listeners.notify,
    lifecycleEvent: (topic, payload) =>
      lifecycleListeners.notify(
        { cmd: 'publish', topic, payload, qos: 0, retain: false, dup: false },
        undefined,
      ),
  })
  const sockets = new Set<Socket>()
  const serverFor = (by: Entrance): Server =>
    createServer((socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      enter(socket, by)
    })
  const [main, edgeServer, docksServer] = [serverFor('mqtt'), serverFor('edge'), serverFor('docks')]

  const publish: Broker['publish'] = async (
    topic,
    payload,
    { qos = 0, retain = false, expirySeconds } = {},
  ) => {
    const bytes = Buffer.from(payload)
    const packet: PublishPacket = { cmd: 'publish', topic, payload: bytes, qos, retain, dup: false }
    const properties = expirySeconds === undefined ? {} : { messageExpiryInterval: expirySeconds }
    await delivery.accept(packet, { properties })
    await new Promise<void>((resolve, reject) =>
      aedes.publish(packet, (error) => (error ? reject(error) : resolve())),
    )
  }

  const close = async (): Promise<void> => {
    // Stop listening before disconnecting clients: many reconnect at once.
    const closed = [main, edgeServer, docksServer].map((server) => server.listening && closeServer(server))
    await closeAedes()
    for (const socket of sockets) socket.destroy()
    await Promise.all(closed)
  }
  try {
    const url = await listen(main, host, options.port)
    const edgeUrl = edge && (await listen(edgeServer, host, edge.port))
    const docksUrl = docks && (await listen(docksServer, host, docks.port))
    return {
      url,
      ...(edgeUrl && { edgeUrl }),
      ...(docksUrl && { docksUrl }),
      publish,
      onPublish: listeners.add,
      onLifecycle: lifecycleListeners.add,
      disconnect,
      close,
    }
  } catch (error) {
    // A port is taken. Close everything: the other listener and the broker's timers too.
    await close()
    throw error
  }
}
