import type { PublishPacket } from 'aedes'
import type { PublishProperties } from './mqtt5/envelope.ts'

/** A message as it was published, with what MQTT 3.1.1 has no place for. */
export type Message = {
  payload: Buffer
  properties: PublishProperties
  retain: boolean
  /** Epoch milliseconds; absent if it never does. */
  expiresAt?: number
  /** Until when the broker tries to deliver it to a session. */
  keptUntil: number
}

/**
 * aedes copies the reference in `properties` from packet to packet, also into its queues, and writes it
 * to no one: so it stands for the message.
 */
const messages = new WeakMap<object, Message>()

/** Makes the packet one of this message. */
export const carry = (packet: PublishPacket, message: Message): void => {
  packet.properties = {}
  packet.payload = message.payload
  messages.set(packet.properties, message)
}

/**
 * The message of a packet of aedes; undefined for those of its own, and for what it retained, which it
 * makes anew.
 */
export const messageOf = ({ properties }: { properties?: object | undefined }): Message | undefined =>
  properties && messages.get(properties)
