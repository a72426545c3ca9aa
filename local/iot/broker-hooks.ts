/**
 * What the broker lets a client do, as hooks of aedes: the limits, the policy, an edge's login and names of topics, and the expiry of
 * messages.
 */
import type { AedesOptions, Client, Connection, PublishPacket } from 'aedes'
import type { Edge } from './edge.ts'
import { type BrokerLimits, publishFault, topicFault } from './limits.ts'

/** What a client wants to do, for the IoT policy. `topic` is a filter when subscribing, absent when connecting. */
export type ClientAction = {
  clientId: string
  username?: string
  action: 'iot:Connect' | 'iot:Publish' | 'iot:Subscribe' | 'iot:Receive'
  topic?: string
}

export type HookOptions = {
  limits: BrokerLimits
  authorize: (action: ClientAction) => boolean
  /** Epoch milliseconds. */
  now: () => number
  /** The edge that a connection came in by; undefined on the main port. */
  edgeOf: (connection: Connection) => Edge | undefined
  /** Called with what passed the checks; the message is acknowledged when it settles. */
  accepted: (packet: PublishPacket, clientId: string | undefined) => Promise<void>
}

/**
 * aedes keeps this field, in epoch milliseconds, while a packet is queued and never writes it to the wire; its MQTT 3.1.1 leaves the
 * dropping to us.
 */
const setExpiry = (packet: PublishPacket, at: number): void =>
  void Object.assign(packet, { messageExpiry: at })

const expiryOf = (packet: object): number =>
  'messageExpiry' in packet && typeof packet.messageExpiry === 'number' ? packet.messageExpiry : Infinity

/** Checks a packet, gives it its expiry and hands it on. Rejects with the reason if it cannot be published. */
export const acceptPacket = async (
  use: Pick<HookOptions, 'limits' | 'now' | 'accepted'>,
  packet: PublishPacket,
  { clientId, expirySeconds = Infinity }: { clientId?: string; expirySeconds?: number },
): Promise<void> => {
  const fault = publishFault(
    { topic: packet.topic, payload: Buffer.from(packet.payload), qos: packet.qos },
    use.limits,
  )
  if (fault) throw new Error(fault)
  setExpiry(packet, use.now() + Math.min(expirySeconds, use.limits.redeliverySeconds) * 1000)
  await use.accepted(packet, clientId)
}

type Hook<Name extends keyof AedesOptions> = NonNullable<AedesOptions[Name]>

/** The hooks for `Aedes.createBroker`. An error ends the client's connection. */
export const createHooks = (use: HookOptions): AedesOptions => {
  const usernames = new WeakMap<Client, string>()

  const may = (client: Client, action: ClientAction['action'], topic?: string): boolean => {
    const username = usernames.get(client)
    const who = { clientId: client.id, ...(username !== undefined && { username }) }
    const asked = { ...who, action, ...(topic !== undefined && { topic }) }
    const ofEdge = use.edgeOf(client.conn)?.login?.authorize(asked) ?? true
    return ofEdge && use.authorize(asked)
  }

  const preConnect: Hook<'preConnect'> = (_client, { clientId }, done) => {
    const fits = Buffer.byteLength(clientId) <= use.limits.clientIdBytes && !clientId.startsWith('$')
    done(fits ? null : new Error('the client id is too long or reserved'), fits)
  }

  const authenticate: Hook<'authenticate'> = (client, username, password, done) => {
    if (username !== undefined) usernames.set(client, username)
    const login = use.edgeOf(client.conn)?.login
    const isKnown = login?.authenticate({ clientId: client.id, username, password }) ?? true
    done(null, isKnown && may(client, 'iot:Connect'))
  }

  // aedes writes the PUBACK after this hook, which is what makes the acknowledgement wait for `accepted`.
  const authorizePublish: Hook<'authorizePublish'> = (client, packet, done) => {
    if (!client) return done(new Error('a publish without a client'))
    packet.topic = use.edgeOf(client.conn)?.rewrite.toBus(packet.topic) ?? packet.topic
    if (!may(client, 'iot:Publish', packet.topic)) return done(new Error('the policy denies the publish'))
    acceptPacket(use, packet, { clientId: client.id }).then(() => done(null), done)
  }

  const authorizeSubscribe: Hook<'authorizeSubscribe'> = (client, subscription, done) => {
    subscription.topic = use.edgeOf(client.conn)?.rewrite.toBus(subscription.topic) ?? subscription.topic
    const fault = subscription.qos > 1 ? 'QoS 2 is not supported' : topicFault(subscription.topic, use.limits)
    if (fault) return done(new Error(fault))
    const allowed = may(client, 'iot:Subscribe', subscription.topic)
    done(allowed ? null : new Error('the policy denies the subscription'), subscription)
  }

  const authorizeForward: Hook<'authorizeForward'> = (client, packet) => {
    if (expiryOf(packet) <= use.now() || !may(client, 'iot:Receive', packet.topic)) return null
    // In place: aedes writes the packet it passed in when it empties a session's queue. It is this client's own copy.
    packet.topic = use.edgeOf(client.conn)?.rewrite.fromBus(packet.topic) ?? packet.topic
    return packet
  }

  return { preConnect, authenticate, authorizePublish, authorizeSubscribe, authorizeForward }
}
