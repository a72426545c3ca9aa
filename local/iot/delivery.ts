/** Carries a message from publisher to subscribers, whichever version of MQTT each uses. */
import type { AedesPublishPacket, PublishPacket } from 'aedes'
import { type BrokerLimits, publishFault } from './limits.ts'
import { carry, type Message, messageOf } from './messages.ts'
import { enclose, type PublishProperties } from './mqtt5/envelope.ts'
import { expiresAtOf } from './mqtt5/publish.ts'
import type { Session } from './sessions.ts'
import { matchesTopic } from './topic-filter.ts'

type Needs = {
  limits: BrokerLimits
  /** Epoch milliseconds. */
  now: () => number
  /** Called with each valid message; the message is acknowledged when the promise settles. */
  accepted: (packet: PublishPacket, clientId: string | undefined) => Promise<void>
}

/** A subscriber of a message. */
export type Receiver = {
  clientId: string
  session: Session
  isVersion5: boolean
  /** The receiver's name for a topic of the bus. */
  fromBus: (topic: string) => string
}

/**
 * The retain flag that the receiver of a live message gets; undefined if the message is not for this
 * receiver.
 */
const liveMark = (
  { topic, clientId: sender }: { topic: string; clientId?: string },
  message: Message,
  { clientId, session }: Receiver,
): boolean | undefined => {
  const matching = [...session.subscriptions].filter(([filter]) => matchesTopic(filter, topic))
  const own = sender === clientId
  const subscribed = matching.filter(([, { noLocal }]) => !(own && noLocal))
  if (subscribed.length === 0) return undefined
  return message.retain && subscribed.some(([, { retainAsPublished }]) => retainAsPublished)
}

/** Whether a retained message is sent for a new subscription: not if its filter has a wildcard, as in AWS. */
const isForNewSubscription = (topic: string, { session }: Receiver): boolean => {
  const options = session.subscriptions.get(topic)
  return options !== undefined && options.retainHandling < (options.isNew ? 2 : 1)
}

/** The sender of a live message, which aedes stores on the packet. */
const senderOf = (packet: object): { clientId?: string } =>
  'clientId' in packet && typeof packet.clientId === 'string' ? { clientId: packet.clientId } : {}

export const createDelivery = ({ limits, now, accepted }: Needs) => {
  const retained = new Map<string, Message>()

  /** Checks a packet and delivers it. Rejects with a Refusal if it cannot be published. */
  const accept = async (
    packet: PublishPacket,
    { clientId, properties = {} }: { clientId?: string; properties?: PublishProperties } = {},
  ): Promise<void> => {
    const { topic, qos, retain } = packet
    const payload = Buffer.from(packet.payload)
    const fault = publishFault({ topic, payload, qos }, limits)
    if (fault) throw fault
    const at = now()
    const expiresAt = expiresAtOf(properties, limits, at)
    const keptUntil = Math.min(expiresAt ?? Infinity, at + limits.redeliverySeconds * 1000)
    const message = { payload, properties, retain, keptUntil, ...(expiresAt !== undefined && { expiresAt }) }
    carry(packet, message)
    await accepted(packet, clientId)
    if (retain && payload.length > 0) retained.set(topic, message)
    else if (retain) retained.delete(topic)
  }

  const addressed = (
    packet: AedesPublishPacket,
    message: Message,
    receiver: Receiver,
  ): AedesPublishPacket => {
    const { expiresAt, payload } = message
    // Change the packet in place: aedes writes this same object when it empties a session's queue. It is this
    // client's own copy.
    packet.topic = receiver.fromBus(packet.topic)
    // The remaining whole seconds: the last one is 0, as in AWS.
    const left = expiresAt !== undefined && { messageExpiryInterval: Math.floor((expiresAt - now()) / 1000) }
    const properties = { ...message.properties, ...left }
    packet.payload = receiver.isVersion5
      ? enclose({ topic: packet.topic, retain: packet.retain, payload, properties })
      : payload
    return packet
  }

  /** The packet for this receiver; null if it does not get it. */
  const forward = (packet: AedesPublishPacket, receiver: Receiver): AedesPublishPacket | null => {
    // aedes sets `retain` on messages for a new subscription, and clears it on all others.
    if (packet.retain) {
      const message = retained.get(packet.topic)
      const isGone = !message || (message.expiresAt ?? Infinity) <= now()
      return isGone || !isForNewSubscription(packet.topic, receiver)
        ? null
        : addressed(packet, message, receiver)
    }
    const message = messageOf(packet)
    if (!message || message.keptUntil <= now()) return null
    const mark = liveMark({ topic: packet.topic, ...senderOf(packet) }, message, receiver)
    if (mark === undefined) return null
    packet.retain = mark
    return addressed(packet, message, receiver)
  }

  return { accept, forward }
}
export type Delivery = ReturnType<typeof createDelivery>
