import type { Socket } from 'node:net'
import { protocolLevelOf } from './mqtt5/protocol-level.ts'
import { Refusal } from './refusal.ts'

/** How long a client may take to send its first bytes. */
const patienceMs = 30_000

/** "Unacceptable protocol version", in the form that every version of MQTT can read. */
const unacceptable = Buffer.from([0x20, 0x02, 0x00, 0x01])

type Doors = {
  /** For a client that speaks MQTT 3.1.1, or no MQTT at all: then aedes reports the error. */
  version4: (socket: Socket) => void
  /** For a client that speaks MQTT 5, with the bytes that were already read. */
  version5: (bytes: Buffer) => void
  refused: (refusal: Refusal) => void
}

/** Routes a connection by the MQTT version in the first bytes of its CONNECT. */
export const receive = (socket: Socket, { version4, version5, refused }: Doors): void => {
  let bytes = Buffer.alloc(0)
  const gone = (): void => void socket.destroy()
  const look = (): void => {
    const more: unknown = socket.read()
    if (Buffer.isBuffer(more)) bytes = Buffer.concat([bytes, more])
    const level = protocolLevelOf(bytes)
    if (level === 'more') return
    socket.off('readable', look).off('error', gone).setTimeout(0).off('timeout', gone)
    if (level === 5) version5(bytes)
    else if (level === 4 || level === 'none') {
      socket.unshift(bytes)
      version4(socket)
    } else {
      socket.on('error', gone).end(unacceptable).destroySoon()
      refused(
        new Refusal('unsupportedVersion', `protocol level ${level} is not supported`, 'Use MQTT 3.1.1 or 5.'),
      )
    }
  }
  socket.setTimeout(patienceMs).on('timeout', gone).on('error', gone).on('readable', look)
}
