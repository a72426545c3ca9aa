import { type Duplex, duplexPair } from 'node:stream'
import { generate, parser } from 'mqtt-packet'

/**
 * Discards the broker's session of a client, the MQTT 3.1.1 way: by connecting as that client with a clean
 * session. If the client is connected, it loses its connection. `isInside` identifies these connections,
 * which need no authorization.
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
