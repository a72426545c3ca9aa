import type { Socket } from 'node:net'
import { Aedes, type Client, type Connection } from 'aedes'
import { createChaos } from '../queues/chaos.ts'
import { createHooks } from './broker-hooks.ts'
import type { BrokerOptions } from './broker-options.ts'
import { type Complain, createComplaints } from './complaints.ts'
import { createDelivery } from './delivery.ts'
import type { Edge } from './edge.ts'
import { createLifecycle, reasonOf } from './lifecycle.ts'
import { awsLimits, type BrokerLimits } from './limits.ts'
import { Door } from './mqtt5/door.ts'
import { receive } from './reception.ts'
import { createSessionEnd } from './session-end.ts'
import { createSessions, type Sessions } from './sessions.ts'

const machineClock = {
  now: Date.now,
  after: (ms: number, run: () => void) => {
    const timer = setTimeout(run, ms).unref()
    return () => clearTimeout(timer)
  },
}

type EntranceNeeds = {
  handle: (connection: Connection) => Client
  limits: BrokerLimits
  edge: Edge | undefined
  sessions: Sessions
  complain: Complain
  isClosing: () => boolean
}

/** The way in, for either version of MQTT, by the main port or the edge's. */
const createEntrance = ({ handle, limits, edge, sessions, complain, isClosing }: EntranceNeeds) => {
  const ofEdge = new WeakSet<object>()
  const enter = (socket: Socket, isEdge: boolean): void => {
    const admit = (connection: Socket | Door): Client => {
      if (isEdge) ofEdge.add(connection)
      return handle(connection)
    }
    const openDoor = (bytes: Buffer): void => {
      const door = new Door(socket, {
        limits,
        toBus: (topic) => (isEdge ? edge?.rewrite.toBus(topic) : undefined) ?? topic,
        keepFor: (seconds) => sessions.keepFor(client, client.id, seconds),
        isClosing,
      })
      const client = admit(door)
      door.receive(bytes)
    }
    const refused = (error: Error): void => complain(isEdge ? 'edge' : 'mqtt', undefined, error)
    receive(socket, { version4: admit, version5: openDoor, refused })
  }
  return { enter, isOfEdge: (connection: object): boolean => ofEdge.has(connection) }
}

/** A farewell of MQTT 3.1.1 is known to aedes alone. */
const saidFarewell = (client: Client): boolean =>
  client.conn instanceof Door
    ? client.conn.saidFarewell
    : '_disconnected' in client && client._disconnected === true

type Telling = {
  accepted: Parameters<typeof createDelivery>[0]['accepted']
  lifecycleEvent: Parameters<typeof createLifecycle>[0]['tell']
}

/** aedes, with what makes it AWS's broker, and the way in for a connection. */
export const openAedes = async (options: BrokerOptions, { accepted, lifecycleEvent }: Telling) => {
  const { edge, clock = machineClock, warn = () => {} } = options
  const limits = { ...awsLimits, ...options.limits }
  const complain = createComplaints({ warn, now: clock.now })
  const delivery = createDelivery({ limits, now: clock.now, accepted })
  const handle = (connection: Connection): Client => aedes.handle(connection)
  const { end, isInside } = createSessionEnd(handle)
  const sessions = createSessions({ after: clock.after, end })
  const lifecycle = createLifecycle({
    now: clock.now,
    after: clock.after,
    tell: lifecycleEvent,
    warn,
    chaos: options.chaos ?? createChaos(),
    firstVersion: options.firstVersion ?? 0,
  })
  // Who comes by the edge's port is a client of another broker.
  const isSeen = ({ conn }: Client): boolean => !isInside(conn) && !isOfEdge(conn)
  let isClosing = false
  const { enter, isOfEdge } = createEntrance({
    handle,
    limits,
    edge,
    sessions,
    complain,
    isClosing: () => isClosing,
  })

  const hooks = createHooks({
    limits,
    delivery,
    sessions,
    lifecycle,
    authorize: options.authorize ?? (() => true),
    isOpen: options.isOpen ?? (() => true),
    isInside,
    edgeOf: (connection) => (isOfEdge(connection) ? edge : undefined),
    refused: (client, clientId, error) => complain(isOfEdge(client.conn) ? 'edge' : 'mqtt', clientId, error),
  })
  const aedes = await Aedes.createBroker(hooks.options)
  aedes.on('client', (client) => {
    if (isSeen(client)) lifecycle.connected(client, { clientId: client.id, ipAddress: options.host })
  })
  aedes.on('clientDisconnect', (client) => {
    sessions.left(client, client.id)
    if (isClosing) lifecycle.ending(client, 'SERVER_INITIATED_DISCONNECT')
    lifecycle.disconnected(client, saidFarewell(client))
  })
  aedes.on('clientError', (client, error) => {
    lifecycle.ending(client, reasonOf(error))
    hooks.failed(client, error)
  })
  aedes.on('connectionError', hooks.failed)
  aedes.on('keepaliveTimeout', (client) => {
    lifecycle.ending(client, 'MQTT_KEEP_ALIVE_TIMEOUT')
    if (client.conn instanceof Door) client.conn.reason = 'keepAliveTimeout'
  })
  const close = async (): Promise<void> => {
    isClosing = true
    sessions.close()
    await new Promise<void>((resolve) => aedes.close(() => resolve()))
    await lifecycle.settled()
  }
  return { aedes, delivery, enter, close }
}
