/**
 * Lifecycle events: the broker publishes that a client connected or left, on
 * `$aws/events/presence/connected/{clientId}` and `…/disconnected/{clientId}`.
 * https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
 *
 * As in AWS, both events of a connection have the same version. It grows with each connection of a client id
 * and starts over after an hour of absence. Events may come twice and in any order. Client ids with `#` or
 * `+` have none. Here only topic rules receive them: subscribing to `$aws/events` is not emulated.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { Chaos } from '../queues/chaos.ts'
import { codes, Refusal } from './refusal.ts'

/** Why a connection ended, in the words of the AWS documentation. */
export type DisconnectReason =
  | 'API_INITIATED_DISCONNECT'
  | 'AUTH_ERROR'
  | 'CLIENT_ERROR'
  | 'CLIENT_INITIATED_DISCONNECT'
  | 'CONNECTION_LOST'
  | 'CUSTOMAUTH_TTL_EXPIRATION'
  | 'DUPLICATE_CLIENTID'
  | 'MQTT_KEEP_ALIVE_TIMEOUT'
  | 'SERVER_INITIATED_DISCONNECT'

/** `principal` is absent if the broker requires no login. */
export type Arrival = { clientId: string; ipAddress: string; principal?: string }

type Needs = {
  /** Epoch milliseconds. */
  now: () => number
  after: (ms: number, run: () => void) => () => void
  /** Publishes an event; settles when it is delivered. */
  deliver: (topic: string, payload: Buffer) => Promise<void>
  warn: (line: string) => void
  chaos: Pick<Chaos, 'copies' | 'delayMs'>
  /**
   * The version of a client id's first connection. A broker that starts without stored versions starts above
   * all earlier ones.
   */
  firstVersion: number
}

type Connection = Arrival & { version: number; sessionIdentifier: string; reason?: DisconnectReason }

const hourMs = 3_600_000

/** The principal of a client without a login: as long as the id of a certificate, and always the same. */
const principalOf = (clientId: string): string => createHash('sha256').update(clientId).digest('hex')

/** The reason that a lifecycle event gives for an error. */
export const reasonOf = (error: Error): DisconnectReason => {
  if (error instanceof Refusal) return error.code === codes.notAuthorized ? 'AUTH_ERROR' : 'CLIENT_ERROR'
  if (error.message === 'keep alive timeout') return 'MQTT_KEEP_ALIVE_TIMEOUT'
  const isLost = 'code' in error || ['connection closed', 'drain timeout'].includes(error.message)
  return isLost ? 'CONNECTION_LOST' : 'CLIENT_ERROR'
}

/**
 * Publishes the lifecycle events of connections. A client is identified by its object, since two may share an
 * id for a moment.
 */
export const createLifecycle = ({ now, after, deliver, warn, chaos, firstVersion }: Needs) => {
  const connections = new Map<object, Connection>()
  const holders = new Map<string, object>()
  const last = new Map<string, { version: number; leftAt: number }>()
  const delivering = new Set<Promise<void>>()

  const versionFor = (clientId: string): number => {
    const before = last.get(clientId)
    if (!before) return firstVersion
    return now() - before.leftAt >= hourMs ? 0 : before.version + 1
  }

  const send = (topic: string, payload: Buffer): void => {
    const delivered = deliver(topic, payload)
      .catch((error) => warn(`${topic} was not handed on: ${error instanceof Error ? error.message : error}`))
      .finally(() => delivering.delete(delivered))
    delivering.add(delivered)
  }

  const publish = (kind: 'connected' | 'disconnected', connection: Connection, extra: object): void => {
    const { clientId, version, sessionIdentifier, principal = principalOf(clientId) } = connection
    if (/[#+]/.test(clientId)) return
    const event = {
      clientId,
      timestamp: now(),
      eventType: kind,
      sessionIdentifier,
      principalIdentifier: principal,
      ...extra,
      versionNumber: version,
    }
    const payload = Buffer.from(JSON.stringify(event))
    for (let copy = chaos.copies(); copy > 0; copy--) {
      const delay = chaos.delayMs()
      const deliver = () => send(`$aws/events/presence/${kind}/${clientId}`, payload)
      if (delay === 0) deliver()
      else after(delay, deliver)
    }
  }

  const ending = (client: object | undefined, reason: DisconnectReason): void => {
    const connection = client && connections.get(client)
    if (connection) connection.reason ??= reason
  }

  return {
    connected: (client: object, arrival: Arrival): void => {
      const { clientId, ipAddress } = arrival
      const version = versionFor(clientId)
      const connection = { ...arrival, version, sessionIdentifier: randomUUID() }
      connections.set(client, connection)
      holders.set(clientId, client)
      // The hour of absence does not begin while it is connected.
      last.set(clientId, { version, leftAt: Infinity })
      publish('connected', connection, { ipAddress })
    },
    /** Records why a connection is about to end; the first reason counts. */
    ending,
    /** Another client with this id is accepted, which ends the connection of the present one. */
    replacing: (clientId: string): void => ending(holders.get(clientId), 'DUPLICATE_CLIENTID'),
    disconnected: (client: object, sentDisconnect: boolean): void => {
      const connection = connections.get(client)
      if (!connection) return
      connections.delete(client)
      const { clientId, version, reason } = connection
      if (holders.get(clientId) === client) {
        holders.delete(clientId)
        last.set(clientId, { version, leftAt: now() })
      }
      const why = sentDisconnect ? 'CLIENT_INITIATED_DISCONNECT' : (reason ?? 'CONNECTION_LOST')
      const clientInitiatedDisconnect = why === 'CLIENT_INITIATED_DISCONNECT'
      publish('disconnected', connection, { clientInitiatedDisconnect, disconnectReason: why })
    },
    /** Resolves when all published events are delivered. */
    settled: async (): Promise<void> => void (await Promise.all(delivering)),
  }
}
export type Lifecycle = ReturnType<typeof createLifecycle>
