import { connect, type MqttClient } from 'mqtt'
import { persevering } from './dock-link.ts'
import type { Login } from './huawei-login.ts'

/** What a link is made with. `login` is asked again for every connection: the vendor's logins carry the hour. */
export type LinkNeeds = {
  mqttUrl: string
  login: () => Login
  /** What to subscribe to; nothing, where the broker delivers without. */
  topics: string[]
  received: (payload: string) => void
  changed: (state: 'online' | 'offline') => void
}

/** `cut` breaks the link as a lost network does, `end` as a client that leaves; `open` makes it again. */
export type DeviceLink = {
  open: () => Promise<void>
  cut: () => void
  end: () => Promise<void>
  /** Resolves when the broker has it (QoS 1) or it is on its way (QoS 0), and at once while there is no link. */
  publish: (topic: string, payload: string, qos: 0 | 1) => Promise<void>
}

const begin = ({ mqttUrl, login, received, changed }: LinkNeeds): MqttClient => {
  // MQTT 3.1.1 and no session that outlives the connection, as the vendor's SDKs connect.
  const client = connect(mqttUrl, { ...login(), clean: true, protocolVersion: 4, ...persevering })
  client.on('message', (_, payload) => received(payload.toString()))
  client.on('connect', () => changed('online'))
  client.on('close', () => changed('offline'))
  client.on('reconnect', () => Object.assign(client.options, login()))
  client.on('error', () => {})
  return client
}

const connected = (client: MqttClient): Promise<void> =>
  new Promise((resolve, reject) => {
    client.once('connect', () => resolve())
    client.once('error', reject)
    client.once('end', () => reject(new Error('left the broker before it answered')))
  })

/**
 * A device's connection to its broker. `open` rejects if the broker cannot be reached or refuses; a link lost later is
 * made again by itself. What is published while there is no link is lost.
 */
export const createDeviceLink = (needs: LinkNeeds): DeviceLink => {
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
      const opened = begin(needs)
      client = opened
      try {
        await connected(opened)
        if (needs.topics.length > 0) await opened.subscribeAsync(needs.topics, { qos: 1 })
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
    publish: async (topic, payload, qos) => {
      // A link that breaks before the broker's answer takes the message with it.
      if (client?.connected) await client.publishAsync(topic, payload, { qos }).catch(() => {})
    },
  }
}
