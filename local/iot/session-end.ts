import { type Duplex, duplexPair } from 'node:stream'
import { generate, parser } from 'mqtt-packet'

/**
 * Throws away what the broker keeps of a client's session, as MQTT 3.1.1 has it: by connecting as that
 * client with a clean session. A client that is still there loses its connection. `isInside` knows these
 * connections, which nobody has to let in.
 */
export const createSessionEnd = (handle: (connection: Duplex) => void) => {
  const inside = new WeakSet<object>()
  const end = (clientId: string): Promise<void> =>
    new Promise((resolve) => {
      const [ours, theirs] = duplexPair()
      inside.add(theirs)
      const answers = parser()
      answers.on('packet', () => ours.write(generate({ cmd: 'disconnect' })))
      ours.on('data', (bytes: Buffer) => answers.parse(bytes))
      theirs.once('close', () => {
        ours.destroy()
        resolve()
      })
      handle(theirs)
      ours.write(
        generate({
          cmd: 'connect',
          protocolId: 'MQTT',
          protocolVersion: 4,
          clean: true,
          keepalive: 0,
          clientId,
        }),
      )
    })
  return { end, isInside: (connection: object): boolean => inside.has(connection) }
}
