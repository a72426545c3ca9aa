import type { PublishPacket } from 'aedes'
import type { PublishProperties } from './mqtt5/envelope.ts'

/** A message as it was published, including the MQTT 5 fields that MQTT 3.1.1 lacks. */
export type Message = {
  payload: Buffer
  properties: PublishProperties
  retain: boolean
  /** Epoch milliseconds; absent if it never expires. */
  expiresAt?: number
  /** How long the broker tries to deliver it to a session, in epoch milliseconds. */
  keptUntil: number
}

/**
 * aedes copies the reference in `properties` from packet to packet, into its queues too, and never sends it:
 * so the reference identifies the message.
 */
const messages = new WeakMap<object, Message>()

/** Attaches the message to the packet. */
export const carry = (packet: PublishPacket, message: Message): void => {
  packet.properties = {}
  packet.payload = message.payload
  messages.set(packet.properties, message)
}

/**
 * The message of an aedes packet; undefined for aedes' own packets, and for retained ones, which it
 * recreates.
 */
export const messageOf = ({ properties }: { properties?: object | undefined }): Message | undefined =>
  properties && messages.get(properties)
