import type { ISubscribePacket, IUnsubscribePacket, Packet } from 'mqtt-packet'
import { qosFault } from '../limits.ts'
import { codes, Refusal } from '../refusal.ts'
import type { SubscriptionOptions } from '../sessions.ts'

/**
 * A SUBSCRIBE or UNSUBSCRIBE that awaits its answer: its filters, and the refused ones with their reason
 * codes.
 */
export type Waiting = { filters: readonly string[]; refused: Map<string, number> }

const shared = '$share/'

/**
 * Tracks a client's SUBSCRIBE and UNSUBSCRIBE packets until they are answered, with the details that MQTT
 * 3.1.1 lacks.
 */
export const createRequests = (toBus: (topic: string) => string) => {
  const waiting = new Map<number, Waiting>()
  const options = new Map<string, Omit<SubscriptionOptions, 'isNew'>>()

  return {
    /** Translates the packet for a broker that speaks MQTT 3.1.1. @throws Refusal */
    subscribe: ({ messageId = 0, subscriptions, properties }: ISubscribePacket): Packet => {
      if (properties?.subscriptionIdentifier !== undefined)
        throw new Refusal(
          'subscriptionIdsNotSupported',
          'subscription identifiers are not supported',
          'Leave them out.',
        )
      const refused = new Map<string, number>()
      for (const { topic, qos, nl = false, rap = false, rh = 0 } of subscriptions) {
        const fault = qosFault(qos)
        if (fault) throw fault
        if (topic.startsWith(shared)) refused.set(topic, codes.sharedSubscriptionsNotSupported)
        options.set(topic, { noLocal: nl, retainAsPublished: rap, retainHandling: rh })
      }
      waiting.set(messageId, { filters: subscriptions.map(({ topic }) => topic), refused })
      const plain = subscriptions.map(({ topic, qos }) => ({ topic, qos }))
      return { cmd: 'subscribe', messageId, subscriptions: plain }
    },
    unsubscribe: ({ messageId = 0, unsubscriptions }: IUnsubscribePacket): Packet => {
      const filters = unsubscriptions.map(toBus)
      waiting.set(messageId, { filters, refused: new Map() })
      return { cmd: 'unsubscribe', messageId, unsubscriptions: filters }
    },
    /** Removes and returns the request that is answered now. */
    answered: (messageId: number): Waiting | undefined => {
      const request = waiting.get(messageId)
      waiting.delete(messageId)
      return request
    },
    /** The client's options for a subscription; undefined for one of an earlier connection. */
    optionsOf: (filter: string) => options.get(filter),
    isRefused: (filter: string): boolean => [...waiting.values()].some(({ refused }) => refused.has(filter)),
    /** Marks a filter as refused; the client is told in the answer to its SUBSCRIBE. */
    refuse: (filter: string, { code }: Refusal): void => {
      for (const { filters, refused } of waiting.values())
        if (filters.includes(filter)) refused.set(filter, code)
    },
  }
}
export type Requests = ReturnType<typeof createRequests>
