import { connect, type MqttClient } from 'mqtt'
import { closedUnanswered, persevering } from './dock-link.ts'
import type { Login } from './huawei-login.ts'

/**
 * What a link is made with. `login` is asked again for every connection: the vendor's logins carry the hour.
 */
export type LinkNeeds = {
  mqttUrl: string
  login: () => Login
  /** What to subscribe to; nothing, where the broker delivers without. */
  topics: string[]
  received: (payload: string) => void
  /** Told once the subscriptions stand; `again`: a connection that was lost is made again without `open`. */
  online: (connected: 'start' | 'again') => void
  offline: () => unknown
}

/** `cut` breaks the link as a lost network does, `end` as a client that leaves; `open` makes it again. */
export type DeviceLink = {
  open: () => Promise<void>
  cut: () => void
  end: () => Promise<void>
  /**
   * Resolves when the broker has it (QoS 1) or it is on its way (QoS 0), and at once while there is no link.
   */
  publish: (topic: string, payload: string, qos: 0 | 1) => Promise<void>
}

// MQTT 3.1.1 and no session that outlives the connection, as the vendor's SDKs connect.
const session = { clean: true, resubscribe: false, protocolVersion: 4, ...persevering } as const

/** Connects, and again whenever the connection is lost. Rejects if the first time fails. */
const begin = (client: MqttClient, { topics, login, received, online, offline }: LinkNeeds): Promise<void> =>
  new Promise((resolve, reject) => {
    let times = 0
    const unanswered = () => reject(new Error(closedUnanswered))
    const greet = async () => {
      // Whoever hears the greeting may ask at once: so it comes after the subscriptions.
      if (topics.length > 0) await client.subscribeAsync(topics, { qos: 1 })
      times += 1
      online(times === 1 ? 'start' : 'again')
      resolve()
    }
    // A connection that breaks while it subscribes is made again; only the first one has somebody to tell.
    client.on('connect', () => void greet().catch(reject))
    client.on('message', (_, payload) => received(payload.toString()))
    client.on('close', offline)
    // Settles nothing once a broker has answered.
    client.once('connect', () => client.off('close', unanswered)).once('close', unanswered)
    client.on('reconnect', () => Object.assign(client.options, login()))
    client.on('error', reject)
    client.on('end', () => reject(new Error('left the broker before it answered')))
  })

/**
 * A device's connection to its broker. `open` rejects if the broker cannot be reached or refuses; a link lost
 * later is made again by itself. What is published while there is no link is lost.
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
        // A connection that was dropped closes when the next one may stand already.
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
      // A link that breaks before the broker's answer takes the message with it.
      if (client?.connected) await client.publishAsync(topic, payload, { qos }).catch(() => {})
    },
  }
}
