import { connect, type MqttClient } from 'mqtt'

/** How to reach the broker; `protocolVersion` 4 is MQTT 3.1.1. */
export type Broker = {
  mqttUrl: string
  clientId: string
  protocolVersion: 4 | 5
  username?: string
  password?: string
}

/** What a link brings: messages of the subscribed topics, and whether it is up. */
export type LinkNeeds = {
  topics: () => string[]
  received: (topic: string, payload: string) => void
  /** `isFirst`: since `open`, which resolves once the topics are subscribed to. */
  changed: (state: 'online' | 'offline', isFirst: boolean) => void
}

/** `cut` breaks the link as a lost network does, `end` as a client that leaves; `open` makes it again. */
export type Link = {
  open: () => Promise<void>
  cut: () => void
  end: () => Promise<void>
  publish: (topic: string, payload: string, qos?: 0 | 1) => void
  /** Listens to more topics, on later connections too. A broker that refuses them may end the connection. */
  subscribe: (topics: readonly string[]) => void
}

const dayInSeconds = 24 * 60 * 60

/** A broker that is just starting refuses connections for a moment: that is no reason to give up. */
export const persevering = { reconnectOnConnackError: true } as const

/** What refuses a WebSocket is no error of its own to the MQTT client, which would try for good. */
export const closedUnanswered = 'the other side closed the connection before it answered'

const begin = ({ mqttUrl, ...broker }: Broker, needs: LinkNeeds): MqttClient => {
  // A session that outlives the connection: what becomes of commands to an absent dock is the broker's
  // business.
  const expiry = broker.protocolVersion === 5 && { properties: { sessionExpiryInterval: dayInSeconds } }
  const client = connect(mqttUrl, { ...broker, clean: false, ...expiry, ...persevering })
  // Before the connection stands: queued commands arrive together with the broker's greeting.
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
 * The dock's connection to the broker. `open` rejects if the broker cannot be reached or refuses; a link lost
 * later is made again by itself. What is published while there is no link is lost, as with a dock: reports
 * are of the moment.
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
