import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { generate, type Packet, parser } from 'mqtt-packet'
import type { BrokerLimits } from '../limits.ts'
import { codes, Refusal } from '../refusal.ts'
import type { Session } from '../sessions.ts'
import type { Connect } from './connect.ts'
import { createFromClient, type FromClient } from './from-client.ts'
import { createRequests, type Requests } from './requests.ts'
import { createToClient, type ToClient, toBytes } from './to-client.ts'

export type DoorOptions = {
  limits: BrokerLimits
  /** The name that a client's topic has on the bus. */
  toBus: (topic: string) => string
  /** Called with the session expiry that a client sends in its DISCONNECT. */
  keepFor: (seconds: number) => void
  /** Whether the broker is shutting down. */
  isClosing: () => boolean
}

/** How long a client may take to disconnect after it got the reason. */
const partingMs = 1000

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))

/**
 * Presents an MQTT 5 client to aedes as an MQTT 3.1.1 connection, the only version that aedes speaks: aedes
 * reads the client's packets here, and its writes go to the client. MQTT 5 features beyond 3.1.1 are handled
 * on either side of this door, or travel in envelopes, which the broker's hooks pack and unpack.
 * docs/adr/0020 says why.
 */
export class Door extends Duplex {
  readonly requests: Requests
  readonly #socket: Socket
  readonly #isClosing: () => boolean
  readonly #fromClient: FromClient
  readonly #bytesIn = parser()
  readonly #bytesOut = parser()
  #toClient: ToClient | undefined
  /** Which side announced the end of the connection. */
  #farewell: 'nobody' | 'client' | 'broker' = 'nobody'
  #isLetIn = false
  /** As the client sent it in its CONNECT. */
  clientId: string | undefined
  /** Set once the CONNECT is valid for AWS. */
  terms: Connect['terms'] | undefined
  /** Set once the client may resume a session. */
  session: Session | undefined
  /** Whether the client has sent a DISCONNECT. */
  sentDisconnect = false
  /** Why the connection ends, if the broker's own error does not say. */
  reason: keyof typeof codes | undefined

  constructor(socket: Socket, { limits, toBus, keepFor, isClosing }: DoorOptions) {
    super()
    this.#socket = socket
    this.#isClosing = isClosing
    this.requests = createRequests(toBus)
    this.#fromClient = createFromClient({
      limits,
      toBus,
      newId: randomUUID,
      requests: this.requests,
      forward: (packet) => this.#forward(packet),
      connecting: (connect) => this.#connecting(connect),
      acknowledged: (messageId) => this.#toClient?.acknowledged(messageId),
      leaving: ({ withWill, keepForSeconds }) => {
        if (keepForSeconds !== undefined) keepFor(keepForSeconds)
        this.sentDisconnect = true
        this.#farewell = 'client'
        if (withWill) this.destroy()
        else this.#forward({ cmd: 'disconnect' })
      },
    })
    this.#listen()
  }

  /** Bytes that the client sent. */
  receive(bytes: Buffer): void {
    if (!this.destroyed) this.#bytesIn.parse(bytes)
  }

  /** Tells the client that its message is refused, before the connection ends for it. */
  refuseMessage({ messageId, qos }: { messageId?: number; qos: number }, { code }: Refusal): void {
    if (qos === 1 && messageId !== undefined)
      this.#send(toBytes({ cmd: 'puback', messageId, reasonCode: code }))
  }

  #listen(): void {
    this.#bytesIn.on('packet', (packet) => this.#take(packet))
    this.#bytesIn.on('error', ({ message }: Error) =>
      this.destroy(
        new Refusal('malformedPacket', `a packet is malformed: ${message}`, 'Look at the client.'),
      ),
    )
    this.#bytesOut.on('packet', (packet) => this.#give(packet))
    this.#socket.on('data', (bytes) => this.receive(bytes))
    this.#socket.on('end', () => {
      this.#farewell = 'client'
      this.push(null)
    })
    this.#socket.on('close', () => this.destroy())
    this.#socket.on('error', (error) => this.destroy(error))
  }

  #send(bytes: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes)
  }

  #forward(packet: Packet): void {
    if (!this.push(generate(packet))) this.#socket.pause()
  }

  #connecting(connect: Connect): void {
    this.terms = connect.terms
    this.#toClient = createToClient({
      connect,
      resumed: () => this.session?.resumed ?? false,
      answered: this.requests.answered,
      send: (bytes) => this.#send(bytes),
      acknowledge: (messageId) => this.#forward({ cmd: 'puback', messageId }),
    })
  }

  #take(packet: Packet): void {
    if (this.destroyed) return
    if (packet.cmd === 'connect') this.clientId ??= packet.clientId
    try {
      this.#fromClient.take(packet)
    } catch (thrown) {
      this.destroy(asError(thrown))
    }
  }

  #give(packet: Packet): void {
    if (packet.cmd === 'puback') this.#fromClient.taken()
    if (packet.cmd === 'connack') {
      this.#isLetIn = packet.returnCode === 0
      if (!this.#isLetIn) this.#farewell = 'broker'
    }
    this.#toClient?.take(packet)
  }

  /** Sends the client the reason. */
  #bid(error: Error | null): void {
    if (this.#farewell !== 'nobody') return
    this.#farewell = 'broker'
    const refusal = error instanceof Refusal ? error : undefined
    const ending = this.#isClosing() ? 'shuttingDown' : 'sessionTakenOver'
    const reasonCode = refusal?.code ?? codes[this.reason ?? (error ? 'unspecified' : ending)]
    const properties = refusal ? { reasonString: refusal.message } : {}
    if (this.#isLetIn) this.#send(toBytes({ cmd: 'disconnect', reasonCode, properties }))
    else if (refusal) this.#send(toBytes({ cmd: 'connack', reasonCode, sessionPresent: false, properties }))
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#bytesOut.parse(bytes)
    if (this.#socket.writableNeedDrain) this.#socket.once('drain', () => done())
    else done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#bid(error)
    // Keep reading until the client is gone: closing with unread data would discard the DISCONNECT.
    this.#socket.end()
    this.#socket.resume()
    const late = setTimeout(() => this.#socket.destroy(), partingMs).unref()
    this.#socket.once('close', () => clearTimeout(late))
    done(error)
  }
}
