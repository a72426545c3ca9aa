/**
 * The limits of AWS IoT Core's message broker.
 * https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits (quotas),
 * https://docs.aws.amazon.com/iot/latest/developerguide/topics.html (topics that begin with `$` are reserved)
 * and https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html (MQTT 5, and unsupported features). Not
 * emulated: 100 publishes and 512 KiB a second per connection, 8 subscriptions per request and 50 per
 * connection, and shared subscriptions, which are refused.
 */
import { Refusal } from './refusal.ts'

export type BrokerLimits = {
  payloadBytes: number
  topicBytes: number
  topicSlashes: number
  clientIdBytes: number
  /** How long an undelivered QoS 1 message is kept for a persistent session, in seconds. */
  redeliverySeconds: number
  /** How long a session is kept for a client that is gone, in seconds. */
  sessionSeconds: number
  /** The shortest and longest message expiry, in seconds; other values become the nearest limit. */
  expirySeconds: { least: number; most: number }
  /** Likewise the keep-alive interval, in seconds; 0 becomes the longest. */
  keepAliveSeconds: { least: number; most: number }
  /** The size of a whole MQTT 5 packet. */
  packetBytes: number
  /** The most unacknowledged QoS 1 messages, in each direction. */
  unacknowledged: number
  topicAliases: number
}

export const awsLimits: BrokerLimits = {
  payloadBytes: 128 * 1024,
  topicBytes: 256,
  topicSlashes: 7,
  clientIdBytes: 128,
  redeliverySeconds: 3600,
  sessionSeconds: 3600,
  expirySeconds: { least: 1, most: 604_800 },
  keepAliveSeconds: { least: 30, most: 1200 },
  packetBytes: 128 * 1024,
  unacknowledged: 100,
  topicAliases: 8,
}

type Code = 'topicNameInvalid' | 'topicFilterInvalid'

const nameFault = (topic: string, limits: BrokerLimits, code: Code): Refusal | undefined => {
  if (topic.startsWith('$'))
    return new Refusal(
      code,
      'topics that begin with $ are reserved',
      'Behind an edge broker a bridge renames them: docs/edge.md.',
    )
  if (Buffer.byteLength(topic) > limits.topicBytes)
    return new Refusal(code, `the topic exceeds ${limits.topicBytes} bytes`, 'Shorten it.')
  if (topic.split('/').length - 1 > limits.topicSlashes)
    return new Refusal(code, `the topic has more than ${limits.topicSlashes} slashes`, 'Use fewer levels.')
  return undefined
}

/** Why a QoS is refused, or undefined if it is supported. AWS has only 0 and 1. */
export const qosFault = (qos: number): Refusal | undefined =>
  qos > 1 ? new Refusal('qosNotSupported', 'QoS 2 is not supported', 'Use QoS 0 or 1.') : undefined

/** Why a topic filter cannot be subscribed to, or undefined if it can. */
export const subscriptionFault = (
  { topic, qos }: { topic: string; qos: number },
  limits: BrokerLimits,
): Refusal | undefined => qosFault(qos) ?? nameFault(topic, limits, 'topicFilterInvalid')

/** Why a message cannot be published, or undefined if it can. */
export const publishFault = (
  message: { topic: string; payload: Buffer; qos: number },
  limits: BrokerLimits,
): Refusal | undefined => {
  const isName = message.topic !== '' && !/[+#]/.test(message.topic)
  if (!isName)
    return new Refusal('topicNameInvalid', 'the topic is empty or has a wildcard', 'Name one topic.')
  if (message.payload.length > limits.payloadBytes)
    return new Refusal(
      'packetTooLarge',
      `the payload exceeds ${limits.payloadBytes} bytes`,
      'Send less at once.',
    )
  return qosFault(message.qos) ?? nameFault(message.topic, limits, 'topicNameInvalid')
}

/** Why a client's CONNECT is refused, or undefined if it is accepted. */
export const connectFault = (
  {
    clientId,
    will,
  }: { clientId: string; will?: { topic: string; qos?: number; payload: Buffer | string } | undefined },
  toBus: (topic: string) => string,
  limits: BrokerLimits,
): Refusal | undefined => {
  if (Buffer.byteLength(clientId) > limits.clientIdBytes)
    return new Refusal(
      'clientIdNotValid',
      `its client id exceeds ${limits.clientIdBytes} bytes`,
      'Shorten it.',
    )
  if (clientId.startsWith('$'))
    return new Refusal('clientIdNotValid', 'client ids that begin with $ are reserved', 'Begin it otherwise.')
  return (
    will &&
    publishFault({ topic: toBus(will.topic), payload: Buffer.from(will.payload), qos: will.qos ?? 0 }, limits)
  )
}

const between = (value: number, { least, most }: { least: number; most: number }): number =>
  Math.min(Math.max(value, least), most)

export const keepAliveOf = (asked: number, { keepAliveSeconds }: BrokerLimits): number =>
  asked === 0 ? keepAliveSeconds.most : between(asked, keepAliveSeconds)

export const messageExpiryOf = (asked: number, { expirySeconds }: BrokerLimits): number =>
  between(asked, expirySeconds)
