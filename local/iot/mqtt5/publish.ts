import type { IPublishPacket } from 'mqtt-packet'
import { type BrokerLimits, messageExpiryOf, publishFault } from '../limits.ts'
import { Refusal } from '../refusal.ts'
import { enclose, type PublishProperties } from './envelope.ts'

/**
 * The properties that are forwarded from publisher to subscriber. User properties with the same name stay
 * together.
 */
export const propertiesOf = (properties: PublishProperties = {}): PublishProperties => {
  const { payloadFormatIndicator, contentType, responseTopic, correlationData, userProperties } = properties
  const { messageExpiryInterval } = properties
  return {
    ...(payloadFormatIndicator !== undefined && { payloadFormatIndicator }),
    ...(contentType !== undefined && { contentType }),
    ...(responseTopic !== undefined && { responseTopic }),
    ...(correlationData !== undefined && { correlationData }),
    ...(userProperties !== undefined && { userProperties }),
    ...(messageExpiryInterval !== undefined && { messageExpiryInterval }),
  }
}

/** Reads the PUBLISH packets of one connection, whose topic aliases it knows. */
export const createPublishReader = (limits: BrokerLimits, toBus: (topic: string) => string) => {
  const aliases = new Map<number, string>()

  const topicOf = ({ topic, properties: { topicAlias } = {} }: IPublishPacket): string => {
    if (topicAlias === undefined) return topic
    const isAllowed = topicAlias > 0 && topicAlias <= limits.topicAliases
    if (isAllowed && topic !== '') aliases.set(topicAlias, topic)
    const known = isAllowed ? aliases.get(topicAlias) : undefined
    if (known === undefined)
      throw new Refusal(
        'topicAliasInvalid',
        `it has no topic alias ${topicAlias}`,
        `Aliases are 1 to ${limits.topicAliases}, each sent with its topic first.`,
      )
    return known
  }

  /** Translates the packet for a broker that speaks MQTT 3.1.1. @throws Refusal */
  return (packet: IPublishPacket): IPublishPacket => {
    const { qos, retain, dup, messageId, properties = {} } = packet
    if (properties.subscriptionIdentifier !== undefined || /[+#]/.test(properties.responseTopic ?? ''))
      throw new Refusal('protocolError', 'a message of it breaks MQTT 5', 'Look at what it publishes with.')
    const message = { topic: topicOf(packet), payload: Buffer.from(packet.payload), retain }
    const fault = publishFault({ ...message, topic: toBus(message.topic), qos }, limits)
    if (fault) throw fault
    const payload = enclose({ ...message, properties: propertiesOf(properties) })
    const { topic } = message
    return { cmd: 'publish', topic, payload, qos, retain, dup, ...(messageId !== undefined && { messageId }) }
  }
}

/** When a message expires, in epoch milliseconds; undefined if never. */
export const expiresAtOf = (
  { messageExpiryInterval }: PublishProperties,
  limits: BrokerLimits,
  now: number,
): number | undefined =>
  messageExpiryInterval === undefined
    ? undefined
    : now + messageExpiryOf(messageExpiryInterval, limits) * 1000
