import { connect, type MqttClient } from 'mqtt'

/** How to reach the broker; `protocolVersion` 4 is MQTT 3.1.1. */
export type Broker = {
  mqttUrl: string
  clientId: string
  protocolVersion: 4 | 5
  username?: string
  password?: string
}

/** The callbacks of a link: messages of the subscribed topics, and connection changes. */
export type LinkNeeds = {
  topics: () => string[]
  received: (topic: string, payload: string) => void
  /** `isFirst`: the first since `open`, which resolves once the topics are subscribed to. */
  changed: (state: 'online' | 'offline', isFirst: boolean) => void
}

/**
 * `cut` breaks the connection as a lost network does, `end` as a client that disconnects; `open` connects
 * again.
 */
export type Link = {
  open: () => Promise<void>
  cut: () => void
  end: () => Promise<void>
  publish: (topic: string, payload: string, qos?: 0 | 1) => void
  /**
   * Subscribes to more topics, on later connections too. A broker that refuses them may end the connection.
   */
  subscribe: (topics: readonly string[]) => void
}

const dayInSeconds = 24 * 60 * 60

/** A starting broker refuses connections for a moment: keep trying. */
export const persevering = { reconnectOnConnackError: true } as const

/** A refused WebSocket is no error for the MQTT client, which would retry forever. */
export const closedUnanswered = 'the other side closed the connection before it answered'

const begin = ({ mqttUrl, ...broker }: Broker, needs: LinkNeeds): MqttClient => {
  // A persistent session: the broker decides about commands to an absent dock.
  const expiry = broker.protocolVersion === 5 && { properties: { sessionExpiryInterval: dayInSeconds } }
  const client = connect(mqttUrl, { ...broker, clean: false, ...expiry, ...persevering })
  // Set before connecting: queued commands arrive together with the CONNACK.
  client.on('message', (topic, payload) => needs.received(topic, payload.toString()))
  let isFirst = true
  client.on('connect', () => {
    needs.changed('online', isFirst)
    isFirst = false
  })
  client.on('close', () => needs.changed('offline', isFirst))
  client.on('error', () => {})
  return client
}

const connected = (client: MqttClient): Promise<void> =>
  new Promise((resolve, reject) => {
    client.once('connect', () => resolve())
    client.once('error', reject)
    client.once('end', () => reject(new Error('left the broker before it answered')))
    client.once('close', () => reject(new Error(closedUnanswered)))
  })

/**
 * The dock's connection to the broker. `open` rejects if the broker cannot be reached or refuses; a
 * connection lost later is restored automatically. Messages published without a connection are lost, as with
 * a real dock: reports are momentary.
 */
export const createLink = (broker: Broker, needs: LinkNeeds): Link => {
  let client: MqttClient | undefined
  const drop = () => {
    const dropped = client
    client = undefined
    return dropped
  }
  const cut = () => void drop()?.end(true)
  return {
    open: async () => {
      if (client) return
      const opened = begin(broker, needs)
      client = opened
      try {
        await connected(opened)
        await opened.subscribeAsync(needs.topics(), { qos: 1 })
      } catch (error) {
        if (client === opened) cut()
        throw error
      }
    },
    cut,
    end: async () => {
      const ended = drop()
      await ended?.endAsync(!ended.connected)
    },
    subscribe: (topics) => client?.subscribe([...topics], { qos: 1 }),
    publish: (topic, payload, qos = 1) => {
      if (client?.connected) client.publish(topic, payload, { qos })
    },
  }
}
