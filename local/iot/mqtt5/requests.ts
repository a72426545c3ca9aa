import type { ISubscribePacket, IUnsubscribePacket, Packet } from 'mqtt-packet'
import { qosFault } from '../limits.ts'
import { codes, Refusal } from '../refusal.ts'
import type { SubscriptionOptions } from '../sessions.ts'

/**
 * A SUBSCRIBE or UNSUBSCRIBE that waits for its answer: its filters, and those that were refused, with
 * the reason code.
 */
export type Waiting = { filters: readonly string[]; refused: Map<string, number> }

const shared = '$share/'

/** What a client subscribes to and leaves, with what MQTT 3.1.1 has no place for until it is answered. */
export const createRequests = (toBus: (topic: string) => string) => {
  const waiting = new Map<number, Waiting>()
  const options = new Map<string, Omit<SubscriptionOptions, 'isNew'>>()

  return {
    /** The same for a broker that speaks MQTT 3.1.1. @throws Refusal */
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
    /** What is answered now, and waits no more. */
    answered: (messageId: number): Waiting | undefined => {
      const request = waiting.get(messageId)
      waiting.delete(messageId)
      return request
    },
    /** How the client wants a subscription; undefined for one of an earlier connection. */
    optionsOf: (filter: string) => options.get(filter),
    isRefused: (filter: string): boolean => [...waiting.values()].some(({ refused }) => refused.has(filter)),
    /** A filter that the client may not subscribe to; it is told with the others of its SUBSCRIBE. */
    refuse: (filter: string, { code }: Refusal): void => {
      for (const { filters, refused } of waiting.values())
        if (filters.includes(filter)) refused.set(filter, code)
    },
  }
}
export type Requests = ReturnType<typeof createRequests>
