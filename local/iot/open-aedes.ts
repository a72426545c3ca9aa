import type { Socket } from 'node:net'
import { Aedes, type Client, type Connection } from 'aedes'
import { createChaos } from '../queues/chaos.ts'
import { createHooks } from './broker-hooks.ts'
import type { BrokerOptions } from './broker-options.ts'
import { type Complain, createComplaints } from './complaints.ts'
import { createCustomAuth } from './custom-auth.ts'
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

/** The ports, with their names in refusals too. */
export type Entrance = 'mqtt' | 'edge' | 'docks'

/** Accepts connections of either MQTT version, on any port. */
const createEntrance = ({ handle, limits, edge, sessions, complain, isClosing }: EntranceNeeds) => {
  const entrances = new WeakMap<object, Entrance>()
  const enter = (socket: Socket, by: Entrance): void => {
    const admit = (connection: Socket | Door): Client => {
      entrances.set(connection, by)
      return handle(connection)
    }
    const openDoor = (bytes: Buffer): void => {
      const door = new Door(socket, {
        limits,
        toBus: (topic) => (by === 'edge' ? edge?.rewrite.toBus(topic) : undefined) ?? topic,
        keepFor: (seconds) => sessions.keepFor(client, client.id, seconds),
        isClosing,
      })
      const client = admit(door)
      door.receive(bytes)
    }
    const refused = (error: Error): void => complain(by, undefined, error)
    receive(socket, { version4: admit, version5: openDoor, refused })
  }
  const entranceOf = (connection: object): Entrance => entrances.get(connection) ?? 'mqtt'
  return { enter, entranceOf }
}

/** For MQTT 3.1.1 only aedes knows whether the client sent a DISCONNECT. */
const sentDisconnect = (client: Client): boolean =>
  client.conn instanceof Door
    ? client.conn.sentDisconnect
    : '_disconnected' in client && client._disconnected === true

type Callbacks = {
  accepted: Parameters<typeof createDelivery>[0]['accepted']
  lifecycleEvent: Parameters<typeof createLifecycle>[0]['deliver']
}

/** Opens aedes with the behaviour of AWS's broker, and the handler of new connections. */
export const openAedes = async (options: BrokerOptions, { accepted, lifecycleEvent }: Callbacks) => {
  const { edge, docks, clock = machineClock, warn = () => {} } = options
  const limits = { ...awsLimits, ...options.limits }
  const complain = createComplaints({ warn, now: clock.now })
  const delivery = createDelivery({ limits, now: clock.now, accepted })
  const handle = (connection: Connection): Client => aedes.handle(connection)
  const { end, isInside } = createSessionEnd(handle)
  const sessions = createSessions({ after: clock.after, end })
  const lifecycle = createLifecycle({
    now: clock.now,
    after: clock.after,
    deliver: lifecycleEvent,
    warn,
    chaos: options.chaos ?? createChaos(),
    firstVersion: options.firstVersion ?? 0,
  })
  // A client on the edge's port is a client of another broker.
  const isSeen = ({ conn }: Client): boolean => !isInside(conn) && entranceOf(conn) !== 'edge'
  const customAuth = docks && createCustomAuth({ ...docks, after: clock.after })
  const here = new Map<string, Client>()
  let isClosing = false
  const { enter, entranceOf } = createEntrance({
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
    edgeOf: (connection) => (entranceOf(connection) === 'edge' ? edge : undefined),
    loginOf: (connection) => (entranceOf(connection) === 'docks' ? customAuth : undefined),
    refused: (client, clientId, error) => complain(entranceOf(client.conn), clientId, error),
  })
  const aedes = await Aedes.createBroker(hooks.options)
  aedes.on('client', (client) => {
    if (isInside(client.conn)) return
    here.set(client.id, client)
    const principal = customAuth?.principalOf(client)
    const arrival = { clientId: client.id, ipAddress: options.host, ...(principal && { principal }) }
    if (isSeen(client)) lifecycle.connected(client, arrival)
  })
  aedes.on('clientDisconnect', (client) => {
    sessions.left(client, client.id)
    customAuth?.left(client)
    if (here.get(client.id) === client) here.delete(client.id)
    if (isClosing) lifecycle.ending(client, 'SERVER_INITIATED_DISCONNECT')
    lifecycle.disconnected(client, sentDisconnect(client))
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
  const disconnect = async (clientId: string, cleanSession: boolean): Promise<boolean> => {
    const client = here.get(clientId)
    if (!client) return false
    lifecycle.ending(client, 'API_INITIATED_DISCONNECT')
    if (client.conn instanceof Door) client.conn.reason = 'administrativeAction'
    if (cleanSession) await sessions.forget(clientId)
    else await new Promise<void>((resolve) => client.close(resolve))
    return true
  }
  return { aedes, delivery, enter, disconnect, close }
}
