import { randomUUID } from 'node:crypto'
import type { PublishPacket } from 'aedes'
import { createConcurrencyLimit } from './concurrency.ts'

/** A message that the broker accepted. `clientId` is absent if it did not come over MQTT. */
export type PublishedMessage = {
  topic: string
  payload: Buffer
  qos: 0 | 1
  retain: boolean
  clientId?: string
  traceId: string
}

export type PublishListener = (message: PublishedMessage) => void | Promise<void>

/** Calls the listeners with a message; settles when all of them have. */
export const createListeners = (maxConcurrent: number) => {
  const listeners = new Set<PublishListener>()
  const limit = createConcurrencyLimit(maxConcurrent)
  return {
    add: (listener: PublishListener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    notify: (packet: PublishPacket, clientId: string | undefined): Promise<void> => {
      const message: PublishedMessage = {
        topic: packet.topic,
        payload: Buffer.from(packet.payload),
        qos: packet.qos === 1 ? 1 : 0,
        retain: packet.retain,
        traceId: randomUUID(),
        ...(clientId !== undefined && { clientId }),
      }
      return limit(
        async () => void (await Promise.all([...listeners].map(async (listener) => listener(message)))),
      )
    },
  }
}
