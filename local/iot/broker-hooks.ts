/**
 * The aedes hooks that decide what a client may do: limits, policy, the edge's login and topic names,
 * sessions.
 */
import type { AedesOptions, Client, Connection } from 'aedes'
import type { ClientAction } from './client-action.ts'
import type { CustomAuth } from './custom-auth.ts'
import type { Delivery } from './delivery.ts'
import type { Credentials, Edge } from './edge.ts'
import type { Lifecycle } from './lifecycle.ts'
import { type BrokerLimits, connectFault, keepAliveOf, subscriptionFault } from './limits.ts'
import { Door } from './mqtt5/door.ts'
import { disclose } from './mqtt5/envelope.ts'
import { Refusal, Unavailable } from './refusal.ts'
import type { Session, Sessions, SessionTerms, SubscriptionOptions } from './sessions.ts'

export type HookOptions = {
  limits: BrokerLimits
  authorize: (action: ClientAction) => boolean
  /** False before the rules listen; clients are then told to retry later. */
  isOpen: () => boolean
  /** The edge whose port a connection uses; undefined on the main port. */
  edgeOf: (connection: Connection) => Edge | undefined
  /** The custom authorizer of a connection; undefined on the other ports. */
  loginOf: (connection: Connection) => CustomAuth | undefined
  /** Whether the broker itself made this connection, to end a session. */
  isInside: (connection: Connection) => boolean
  delivery: Delivery
  sessions: Sessions
  lifecycle: Pick<Lifecycle, 'replacing' | 'ending'>
  /** Called with each error for which a client is refused. */
  refused: (client: Client, clientId: string | undefined, error: Error) => void
}

type Hook<Name extends keyof AedesOptions> = NonNullable<AedesOptions[Name]>

/** What is known about a client after its CONNECT. */
type Known = { username?: string; terms?: SessionTerms; session?: Session }

const defaultOptions: SubscriptionOptions = {
  noLocal: false,
  retainAsPublished: false,
  retainHandling: 0,
  isNew: true,
}

const denied = (what: string): Refusal =>
  new Refusal('notAuthorized', `the policy denies ${what}`, 'See which topics docs/edge.md gives to whom.')

const doorOf = (client: Client): Door | undefined => (client.conn instanceof Door ? client.conn : undefined)

/**
 * The hooks for `Aedes.createBroker`. An error ends the client's connection; an MQTT 5 client gets its reason
 * code. `failed` is for aedes' events about such ends.
 */
export const createHooks = (use: HookOptions) => {
  const clients = new WeakMap<Client, Known>()
  const known = (client: Client): Known => {
    const now = clients.get(client) ?? {}
    clients.set(client, now)
    return now
  }
  const rewriteOf = (client: Client) => use.edgeOf(client.conn)?.rewrite
  const toBus = (client: Client, topic: string): string => rewriteOf(client)?.toBus(topic) ?? topic

  const may = (client: Client, action: ClientAction['action'], topic?: string): boolean => {
    const { username } = known(client)
    const who = { clientId: client.id, ...(username !== undefined && { username }) }
    const asked = { ...who, action, ...(topic !== undefined && { topic }) }
    const ofEdge = use.edgeOf(client.conn)?.login?.authorize(asked) ?? true
    const ofLogin = use.loginOf(client.conn)?.may(client, asked) ?? true
    return ofEdge && ofLogin && use.authorize(asked)
  }

  const failed = (client: Client, error: Error): void =>
    use.refused(client, known(client).terms?.clientId ?? doorOf(client)?.clientId, error)

  const preConnect: Hook<'preConnect'> = (client, packet, done) => {
    if (use.isInside(client.conn)) return done(null, true)
    const { clientId, clean = true, will } = packet
    const door = doorOf(client)
    known(client).terms = door?.terms ?? {
      clientId,
      version: 4,
      cleanStart: clean,
      expirySeconds: use.limits.sessionSeconds,
      isKept: !clean,
    }
    packet.keepalive = keepAliveOf(packet.keepalive ?? 0, use.limits)
    // A door has already checked what the client sent.
    const fault = door
      ? undefined
      : connectFault({ clientId, will }, (topic) => toBus(client, topic), use.limits)
    done(fault ?? null, fault === undefined)
  }

  /** @throws Refusal */
  const logIn = async (client: Client, credentials: Credentials): Promise<void> =>
    use.loginOf(client.conn)?.admit(client, credentials, (refusal, reason) => {
      use.lifecycle.ending(client, reason)
      client.conn.destroy(refusal)
    })

  const authenticate: Hook<'authenticate'> = (client, username, password, done) => {
    if (use.isInside(client.conn)) return done(null, true)
    const { terms } = known(client)
    if (!use.isOpen() || !terms) return done(new Unavailable('the stack is starting'), false)
    if (username !== undefined) known(client).username = username
    const refusal = use.edgeOf(client.conn)?.login?.refusal({ clientId: client.id, username, password })
    if (refusal) return done(refusal, false)
    const begin = async () => {
      await logIn(client, { clientId: doorOf(client)?.clientId ?? terms.clientId, username, password })
      if (!may(client, 'iot:Connect')) throw denied('the connection')
      use.lifecycle.replacing(client.id)
      const session = await use.sessions.begin(client, { ...terms, clientId: client.id })
      known(client).session = session
      const door = doorOf(client)
      if (door) door.session = session
    }
    begin().then(
      () => done(null, true),
      (error) => done(error, false),
    )
  }

  // aedes writes the PUBACK after this hook, which is what makes the acknowledgement wait for `accepted`.
  const authorizePublish: Hook<'authorizePublish'> = (client, packet, done) => {
    if (!client) return done(new Error('a publish without a client'))
    const door = doorOf(client)
    const { properties = {}, payload } = door ? disclose(Buffer.from(packet.payload)) : packet
    Object.assign(packet, { payload, topic: toBus(client, packet.topic) })
    const accepting = may(client, 'iot:Publish', packet.topic)
      ? use.delivery.accept(packet, { clientId: client.id, properties })
      : Promise.reject(denied(`iot:Publish on ${JSON.stringify(packet.topic)}`))
    accepting.then(
      () => done(null),
      (error) => {
        if (error instanceof Refusal) door?.refuseMessage(packet, error)
        // A last will is published after its client is gone, and aedes reports its failure to nobody.
        if (client.closed) failed(client, error)
        done(error)
      },
    )
  }

  const authorizeSubscribe: Hook<'authorizeSubscribe'> = (client, subscription, done) => {
    const asked = subscription.topic
    const door = doorOf(client)
    if (door?.requests.isRefused(asked)) return done(null, null)
    subscription.topic = toBus(client, asked)
    const { topic } = subscription
    const fault = subscriptionFault(subscription, use.limits)
    if (fault) return done(fault)
    const { session } = known(client)
    if (!session || !may(client, 'iot:Subscribe', topic)) {
      const refusal = denied(`iot:Subscribe on ${JSON.stringify(topic)}`)
      if (!door) return done(refusal)
      door.requests.refuse(asked, refusal)
      failed(client, refusal)
      return done(null, null)
    }
    const isNew = !session.subscriptions.has(topic)
    const options = door?.requests.optionsOf(asked)
    // Without options it is a subscription of a resumed session, which stays as it was.
    if (options || isNew) session.subscriptions.set(topic, { ...defaultOptions, ...options, isNew })
    done(null, subscription)
  }

  const authorizeForward: Hook<'authorizeForward'> = (client, packet) => {
    const { session } = known(client)
    if (!session || !may(client, 'iot:Receive', packet.topic)) return null
    return use.delivery.forward(packet, {
      clientId: client.id,
      session,
      isVersion5: doorOf(client) !== undefined,
      fromBus: (topic) => rewriteOf(client)?.fromBus(topic) ?? topic,
    })
  }

  const options: AedesOptions = {
    preConnect,
    authenticate,
    authorizePublish,
    authorizeSubscribe,
    authorizeForward,
  }
  return { options, failed }
}
