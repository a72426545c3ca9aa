import { generate, type IPublishPacket, parser } from 'mqtt-packet'

/** The MQTT 5 properties of a message. */
export type PublishProperties = NonNullable<IPublishPacket['properties']>
export type Enclosed = {
  topic: string
  payload: Buffer
  retain: boolean
  properties: PublishProperties
}

const version5 = { protocolVersion: 5 }

/** Packs an MQTT 5 message as the payload of an MQTT 3.1.1 one: its PUBLISH packet at QoS 0. */
export const enclose = (message: Enclosed): Buffer =>
  generate({ ...message, cmd: 'publish', qos: 0, dup: false }, version5)

/** Unpacks what `enclose` packed. */
export const disclose = (envelope: Buffer): Enclosed => {
  let found: Enclosed | undefined
  const reader = parser(version5)
  reader.on('packet', (packet) => {
    if (packet.cmd !== 'publish') return
    const { topic, payload, retain, properties = {} } = packet
    found = { topic, payload: Buffer.from(payload), retain, properties }
  })
  reader.parse(envelope)
  if (!found) throw new TypeError('this payload encloses no message')
  return found
}
