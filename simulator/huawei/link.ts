import { connect, type MqttClient } from 'mqtt'
import { closedUnanswered, persevering } from '../dock-link.ts'
import type { Login } from './login.ts'

/** The input of a link. `login` is called for every connection: the vendor's logins contain the hour. */
export type LinkNeeds = {
  mqttUrl: string
  login: () => Login
  /** The topics to subscribe to; none if the broker delivers without. */
  topics: string[]
  received: (payload: string) => void
  /** Called once the subscriptions are made; `again`: a lost connection was restored without `open`. */
  online: (connected: 'start' | 'again') => void
  offline: () => unknown
}

/**
 * `cut` breaks the connection as a lost network does, `end` as a client that disconnects; `open` connects
 * again.
 */
export type DeviceLink = {
  open: () => Promise<void>
  cut: () => void
  end: () => Promise<void>
  /**
   * Resolves when the broker has the message (QoS 1) or it is sent (QoS 0), and at once without a connection.
   */
  publish: (topic: string, payload: string, qos: 0 | 1) => Promise<void>
}

// MQTT 3.1.1 and a clean session, as the vendor's SDKs connect.
const session = { clean: true, resubscribe: false, protocolVersion: 4, ...persevering } as const

/** Connects, and reconnects after each loss. Rejects if the first connect fails. */
const begin = (client: MqttClient, { topics, login, received, online, offline }: LinkNeeds): Promise<void> =>
  new Promise((resolve, reject) => {
    let times = 0
    const unanswered = () => reject(new Error(closedUnanswered))
    const greet = async () => {
      // A listener may ask right after the greeting, so it comes after the subscriptions.
      if (topics.length > 0) await client.subscribeAsync(topics, { qos: 1 })
      times += 1
      online(times === 1 ? 'start' : 'again')
      resolve()
    }
    // A connection that breaks during the subscribe is restored; only the first one has a caller to reject.
    client.on('connect', () => void greet().catch(reject))
    client.on('message', (_, payload) => received(payload.toString()))
    client.on('close', offline)
    // Without effect once a broker has answered.
    client.once('connect', () => client.off('close', unanswered)).once('close', unanswered)
    client.on('reconnect', () => Object.assign(client.options, login()))
    client.on('error', reject)
    client.on('end', () => reject(new Error('left the broker before it answered')))
  })

/**
 * A device's connection to its broker. `open` rejects if the broker cannot be reached or refuses; a
 * connection lost later is restored automatically. Messages published without a connection are lost.
 */
export const createDeviceLink = (needs: LinkNeeds): DeviceLink => {
  let client: MqttClient | undefined
  const drop = () => {
    const dropped = client
    client = undefined
    return dropped
  }
  const cut = () => {
    drop()?.end(true)
    needs.offline()
  }
  return {
    open: async () => {
      if (client) return
      const opened = connect(needs.mqttUrl, { ...needs.login(), ...session })
      client = opened
      try {
        // A dropped connection may close when the next one is already established.
        await begin(opened, { ...needs, offline: () => client === opened && needs.offline() })
      } catch (error) {
        if (client === opened) cut()
        throw error
      }
    },
    cut,
    end: async () => {
      const ended = drop()
      await ended?.endAsync(!ended.connected)
      needs.offline()
    },
    publish: async (topic, payload, qos) => {
      // A connection that breaks before the acknowledgement loses the message.
      if (client?.connected) await client.publishAsync(topic, payload, { qos }).catch(() => {})
    },
  }
}
