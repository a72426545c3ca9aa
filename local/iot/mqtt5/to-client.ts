import { generate, type IPublishPacket, type Packet } from 'mqtt-packet'
import { codes } from '../refusal.ts'
import type { Connect } from './connect.ts'
import { disclose } from './envelope.ts'
import type { Waiting } from './requests.ts'

/** The return codes of an MQTT 3.1.1 CONNACK, as MQTT 5 reason codes. */
const connackCodes: Record<number, number> = {
  0: 0,
  1: codes.unsupportedVersion,
  2: codes.clientIdNotValid,
  3: codes.serverUnavailable,
  4: codes.badUserNameOrPassword,
  5: codes.notAuthorized,
}

const version5 = { protocolVersion: 5 }

/** An MQTT 5 packet as bytes. */
export const toBytes = (packet: Packet): Buffer => generate(packet, version5)

type Needs = {
  connect: Pick<Connect, 'granted' | 'receiveMaximum' | 'maximumPacketSize'>
  /** Whether the client resumed its earlier session. */
  resumed: () => boolean
  /** The request that the packet with this id answers. */
  answered: (messageId: number) => Waiting | undefined
  send: (bytes: Buffer) => void
  /** Acknowledges to the broker a message that is withheld from the client. */
  acknowledge: (messageId: number) => void
}

/**
 * Translates the broker's MQTT 3.1.1 packets for an MQTT 5 client. It sends at most as many unacknowledged
 * messages as the client accepts, and none over the client's size limit.
 */
export const createToClient = ({ connect, resumed, answered, send, acknowledge }: Needs) => {
  const unacknowledged = new Set<number>()
  const held: IPublishPacket[] = []

  const deliver = (packet: IPublishPacket): void => {
    const { qos, messageId, dup } = packet
    const bytes = toBytes({ ...packet, ...disclose(Buffer.from(packet.payload)), qos, dup })
    const isTooLarge = bytes.length > connect.maximumPacketSize
    if (!isTooLarge) send(bytes)
    if (qos === 0 || messageId === undefined) return
    if (isTooLarge) acknowledge(messageId)
    else unacknowledged.add(messageId)
  }

  const hasRoom = (): boolean => unacknowledged.size < connect.receiveMaximum

  const release = (): void => {
    while (hasRoom()) {
      const next = held.shift()
      if (!next) return
      deliver(next)
    }
  }

  const publish = (packet: IPublishPacket): void => {
    if (packet.qos === 0) deliver(packet)
    else {
      held.push(packet)
      release()
    }
  }

  /** aedes answers only once a filter that appears twice in a SUBSCRIBE. */
  const suback = (messageId: number, granted: readonly number[]): void => {
    const { filters, refused } = answered(messageId) ?? { filters: [], refused: new Map() }
    const distinct = [...new Set(filters)]
    const codeOf = (filter: string): number => {
      const code = granted[distinct.indexOf(filter)] ?? codes.unspecified
      return code < codes.unspecified ? code : (refused.get(filter) ?? codes.unspecified)
    }
    send(toBytes({ cmd: 'suback', messageId, granted: filters.map(codeOf) }))
  }

  return {
    take: (packet: Packet): void => {
      const { messageId = 0 } = packet
      if (packet.cmd === 'publish') publish(packet)
      else if (packet.cmd === 'puback') send(toBytes({ cmd: 'puback', messageId, reasonCode: 0 }))
      else if (packet.cmd === 'suback') suback(messageId, packet.granted.map(Number))
      else if (packet.cmd === 'unsuback') {
        const granted = answered(messageId)?.filters.map(() => 0) ?? []
        send(toBytes({ cmd: 'unsuback', messageId, granted }))
      } else if (packet.cmd === 'connack') {
        const { returnCode = 0 } = packet
        const reasonCode = connackCodes[returnCode] ?? codes.unspecified
        const accepted = { sessionPresent: resumed(), properties: connect.granted }
        send(
          toBytes({ cmd: 'connack', reasonCode, sessionPresent: false, ...(returnCode === 0 && accepted) }),
        )
      } else send(toBytes(packet))
    },
    /** The client has acknowledged a message. */
    acknowledged: (messageId: number): void => {
      unacknowledged.delete(messageId)
      release()
    },
  }
}
export type ToClient = ReturnType<typeof createToClient>
