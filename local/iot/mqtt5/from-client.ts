import type { IDisconnectPacket, IPublishPacket, Packet } from 'mqtt-packet'
import type { BrokerLimits } from '../limits.ts'
import { Refusal } from '../refusal.ts'
import { type Connect, readConnect } from './connect.ts'
import { createPublishReader } from './publish.ts'
import type { Requests } from './requests.ts'

type Needs = {
  limits: BrokerLimits
  toBus: (topic: string) => string
  newId: () => string
  requests: Requests
  /** Sends a packet of MQTT 3.1.1 to the broker. */
  forward: (packet: Packet) => void
  /** Called once, before the CONNECT is forwarded. */
  connecting: (connect: Connect) => void
  /** The client has acknowledged a message. */
  acknowledged: (messageId: number) => void
  /**
   * The client leaves; with `withWill` its last will is published, which MQTT 3.1.1 does only for a client
   * that leaves without a DISCONNECT.
   */
  leaving: (farewell: { withWill: boolean; keepForSeconds: number | undefined }) => void
}

const willToo = 4
const protocolError = (reason: string): Refusal =>
  new Refusal('protocolError', reason, 'Look for a newer version of its MQTT client.')

/** The size of a packet in bytes, with its fixed header. */
const sizeOf = (length: number): number => {
  const lengthBytes = [128, 16_384, 2_097_152].findIndex((limit) => length < limit)
  return 1 + (lengthBytes === -1 ? 4 : lengthBytes + 1) + length
}

/**
 * Translates a client's MQTT 5 packets for a broker that speaks MQTT 3.1.1. `take` throws the Refusal for a
 * packet that AWS does not accept.
 */
export const createFromClient = (use: Needs) => {
  const { limits } = use
  const readPublish = createPublishReader(limits, use.toBus)
  let connect: Connect | undefined
  let unacknowledged = 0

  const publish = (packet: IPublishPacket): void => {
    if (packet.qos === 1) unacknowledged += 1
    if (unacknowledged > limits.unacknowledged)
      throw new Refusal(
        'receiveMaximumExceeded',
        `more than ${limits.unacknowledged} messages are unacknowledged`,
        'Wait for acknowledgements.',
      )
    use.forward(readPublish(packet))
  }

  const leave = ({ reasonCode, properties }: IDisconnectPacket): void => {
    const seconds = properties?.sessionExpiryInterval
    if (seconds && connect?.terms.expirySeconds === 0)
      throw protocolError('its session cannot outlive the connection after all')
    const keepForSeconds = seconds === undefined ? undefined : Math.min(seconds, limits.sessionSeconds)
    use.leaving({ withWill: reasonCode === willToo, keepForSeconds })
  }

  return {
    take: (packet: Packet): void => {
      const { cmd, messageId = 0, length = 0 } = packet
      if (sizeOf(length) > limits.packetBytes)
        throw new Refusal(
          'packetTooLarge',
          `a packet exceeds ${limits.packetBytes} bytes`,
          'Send less at once.',
        )
      if (cmd === 'connect') {
        if (connect) throw protocolError('it connected twice')
        connect = readConnect(packet, use)
        use.connecting(connect)
        use.forward(connect.packet)
      } else if (!connect) throw protocolError('it did not connect first')
      else if (cmd === 'publish') publish(packet)
      else if (cmd === 'subscribe') use.forward(use.requests.subscribe(packet))
      else if (cmd === 'unsubscribe') use.forward(use.requests.unsubscribe(packet))
      else if (cmd === 'puback') {
        use.forward({ cmd, messageId })
        use.acknowledged(messageId)
      } else if (cmd === 'pingreq') use.forward({ cmd })
      else if (cmd === 'disconnect') leave(packet)
      else throw protocolError(`${cmd.toUpperCase()} is not supported`)
    },
    /** The broker has acknowledged a message. */
    taken: (): void => {
      unacknowledged -= 1
    },
  }
}
export type FromClient = ReturnType<typeof createFromClient>
