/**
 * Lifecycle events: the broker tells of each client that connects and leaves, on
 * `$aws/events/presence/connected/{clientId}` and `…/disconnected/{clientId}`.
 * https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
 *
 * As there, both events of a connection have the same version, which grows with each connection of a client
 * id and begins anew once it was away for an hour; they may come twice and in any order; and client ids with
 * `#` or `+` have none. Only topic rules get them here: subscribing to `$aws/events` is not emulated.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { Chaos } from '../queues/chaos.ts'
import { codes, Refusal } from './refusal.ts'

/** Why a connection ended, in the words of AWS's page. */
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

/** `principal` is absent where the broker asks nobody for a login. */
export type Arrival = { clientId: string; ipAddress: string; principal?: string }

type Needs = {
  /** Epoch milliseconds. */
  now: () => number
  after: (ms: number, run: () => void) => () => void
  /** Hands an event on; settles when it is. */
  tell: (topic: string, payload: Buffer) => Promise<void>
  warn: (line: string) => void
  chaos: Pick<Chaos, 'copies' | 'delayMs'>
  /**
   * The version of a client id's first connection. A broker that forgets versions when it ends begins above
   * all that it gave before.
   */
  firstVersion: number
}

type Connection = Arrival & { version: number; sessionIdentifier: string; reason?: DisconnectReason }

const hourMs = 3_600_000

/** Of a client without a login: as long as the id of a certificate, and always the same. */
const principalOf = (clientId: string): string => createHash('sha256').update(clientId).digest('hex')

/** Why an error ends a connection. */
export const reasonOf = (error: Error): DisconnectReason => {
  if (error instanceof Refusal) return error.code === codes.notAuthorized ? 'AUTH_ERROR' : 'CLIENT_ERROR'
  if (error.message === 'keep alive timeout') return 'MQTT_KEEP_ALIVE_TIMEOUT'
  const isLost = 'code' in error || ['connection closed', 'drain timeout'].includes(error.message)
  return isLost ? 'CONNECTION_LOST' : 'CLIENT_ERROR'
}

/** Tells of connections; a client is known by its object, since two may have one id for a moment. */
export const createLifecycle = ({ now, after, tell, warn, chaos, firstVersion }: Needs) => {
  const connections = new Map<object, Connection>()
  const holders = new Map<string, object>()
  const last = new Map<string, { version: number; leftAt: number }>()
  const telling = new Set<Promise<void>>()

  const versionFor = (clientId: string): number => {
    const before = last.get(clientId)
    if (!before) return firstVersion
    return now() - before.leftAt >= hourMs ? 0 : before.version + 1
  }

  const send = (topic: string, payload: Buffer): void => {
    const told = tell(topic, payload)
      .catch((error) => warn(`${topic} was not handed on: ${error instanceof Error ? error.message : error}`))
      .finally(() => telling.delete(told))
    telling.add(told)
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
      // While it is there it is not away, however long.
      last.set(clientId, { version, leftAt: Infinity })
      publish('connected', connection, { ipAddress })
    },
    /** Notes why a connection is about to end; the first reason counts. */
    ending,
    /** Another client is let in with this id, which ends whoever has it now. */
    replacing: (clientId: string): void => ending(holders.get(clientId), 'DUPLICATE_CLIENTID'),
    disconnected: (client: object, saidFarewell: boolean): void => {
      const connection = connections.get(client)
      if (!connection) return
      connections.delete(client)
      const { clientId, version, reason } = connection
      if (holders.get(clientId) === client) {
        holders.delete(clientId)
        last.set(clientId, { version, leftAt: now() })
      }
      const why = saidFarewell ? 'CLIENT_INITIATED_DISCONNECT' : (reason ?? 'CONNECTION_LOST')
      const clientInitiatedDisconnect = why === 'CLIENT_INITIATED_DISCONNECT'
      publish('disconnected', connection, { clientInitiatedDisconnect, disconnectReason: why })
    },
    /** Resolves when everything that was told has been handed on. */
    settled: async (): Promise<void> => void (await Promise.all(telling)),
  }
}
export type Lifecycle = ReturnType<typeof createLifecycle>
