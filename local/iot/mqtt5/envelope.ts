import { generate, type IPublishPacket, parser } from 'mqtt-packet'

/** What MQTT 5 says of a message besides its topic and payload. */
export type PublishProperties = NonNullable<IPublishPacket['properties']>
export type Enclosed = {
  topic: string
  payload: Buffer
  retain: boolean
  properties: PublishProperties
}

const version5 = { protocolVersion: 5 }

/** A message of MQTT 5 as the payload of one of MQTT 3.1.1: its PUBLISH packet at QoS 0. */
export const enclose = (message: Enclosed): Buffer =>
  generate({ ...message, cmd: 'publish', qos: 0, dup: false }, version5)

/** What `enclose` put in. */
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
