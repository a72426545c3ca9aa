import type { IConnackPacket, IConnectPacket } from 'mqtt-packet'
import { type BrokerLimits, connectFault, keepAliveOf } from '../limits.ts'
import { Refusal } from '../refusal.ts'
import type { SessionTerms } from '../sessions.ts'
import { enclose } from './envelope.ts'
import { propertiesOf } from './publish.ts'

/** A parsed MQTT 5 CONNECT. */
export type Connect = {
  /** The CONNECT for a broker that speaks MQTT 3.1.1. */
  packet: IConnectPacket
  terms: SessionTerms
  /** The properties of the CONNACK if the client is accepted. */
  granted: NonNullable<IConnackPacket['properties']>
  /** The most unacknowledged QoS 1 messages that the client accepts, and their largest size. */
  receiveMaximum: number
  maximumPacketSize: number
}

const willOf = (will: NonNullable<IConnectPacket['will']>) => {
  const { topic, qos = 0, retain = false } = will
  const properties = propertiesOf(will.properties)
  return {
    topic,
    qos,
    retain,
    payload: enclose({ topic, retain, properties, payload: Buffer.from(will.payload) }),
  }
}

const grantedBy = (limits: BrokerLimits) => ({
  receiveMaximum: limits.unacknowledged,
  maximumQoS: 1,
  retainAvailable: true,
  maximumPacketSize: limits.packetBytes,
  topicAliasMaximum: limits.topicAliases,
  wildcardSubscriptionAvailable: true,
  subscriptionIdentifiersAvailable: false,
  sharedSubscriptionAvailable: false,
})

/**
 * Parses a CONNECT. Session expiry and keep alive are limited to what AWS allows, and the client is told. As
 * in AWS there is no enhanced authentication and no will delay. `newId` makes an id for a client that sends
 * none.
 * @throws Refusal
 */
export const readConnect = (
  asked: IConnectPacket,
  { limits, toBus, newId }: { limits: BrokerLimits; toBus: (topic: string) => string; newId: () => string },
): Connect => {
  const { properties = {}, clean = true, will, username, password } = asked
  const fault = connectFault(asked, toBus, limits)
  if (fault) throw fault
  if (properties.authenticationMethod !== undefined)
    throw new Refusal('badAuthenticationMethod', 'enhanced authentication is not supported', 'Leave it out.')
  if (properties.receiveMaximum === 0 || properties.maximumPacketSize === 0)
    throw new Refusal('protocolError', 'it takes no message at all', 'Raise its receive maximum.')
  const clientId = asked.clientId || newId()
  const { sessionExpiryInterval = 0 } = properties
  const expirySeconds = Math.min(sessionExpiryInterval, limits.sessionSeconds)
  const keepalive = keepAliveOf(asked.keepalive ?? 0, limits)
  const isKept = !clean || expirySeconds > 0
  return {
    packet: {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clientId,
      clean: !isKept,
      keepalive,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(will && { will: willOf(will) }),
    },
    terms: { clientId, version: 5, cleanStart: clean, expirySeconds, isKept },
    granted: {
      ...grantedBy(limits),
      ...(expirySeconds !== sessionExpiryInterval && { sessionExpiryInterval: expirySeconds }),
      ...(keepalive !== asked.keepalive && { serverKeepAlive: keepalive }),
      ...(asked.clientId === '' && { assignedClientIdentifier: clientId }),
    },
    receiveMaximum: Math.min(properties.receiveMaximum ?? limits.unacknowledged, limits.unacknowledged),
    maximumPacketSize: properties.maximumPacketSize ?? Infinity,
  }
}
