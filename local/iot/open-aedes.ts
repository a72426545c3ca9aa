import type { Socket } from 'node:net'
import { Aedes, type Client, type Connection } from 'aedes'
import { createHooks } from './broker-hooks.ts'
import type { BrokerOptions } from './broker-options.ts'
import { type Complain, createComplaints } from './complaints.ts'
import { createDelivery } from './delivery.ts'
import type { Edge } from './edge.ts'
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

type Accepted = Parameters<typeof createDelivery>[0]['accepted']

/** aedes, with what makes it AWS's broker, and the way in for a connection. */
export const openAedes = async (options: BrokerOptions, accepted: Accepted) => {
  const { edge, clock = machineClock, warn = () => {} } = options
  const limits = { ...awsLimits, ...options.limits }
  const complain = createComplaints({ warn, now: clock.now })
  const delivery = createDelivery({ limits, now: clock.now, accepted })
  const handle = (connection: Connection): Client => aedes.handle(connection)
  const { end, isInside } = createSessionEnd(handle)
  const sessions = createSessions({ after: clock.after, end })
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
    authorize: options.authorize ?? (() => true),
    isOpen: options.isOpen ?? (() => true),
    isInside,
    edgeOf: (connection) => (isOfEdge(connection) ? edge : undefined),
    refused: (client, clientId, error) => complain(isOfEdge(client.conn) ? 'edge' : 'mqtt', clientId, error),
  })
  const aedes = await Aedes.createBroker(hooks.options)
  aedes.on('clientDisconnect', (client) => sessions.left(client, client.id))
  aedes.on('clientError', hooks.failed)
  aedes.on('connectionError', hooks.failed)
  aedes.on('keepaliveTimeout', ({ conn }) => {
    if (conn instanceof Door) conn.reason = 'keepAliveTimeout'
  })
  const close = (): Promise<void> => {
    isClosing = true
    sessions.close()
    return new Promise((resolve) => aedes.close(resolve))
  }
  return { aedes, delivery, enter, close }
}
