import type { IClientPublishOptions, MqttClient } from 'mqtt'

/** Ends of the connection in a row, with one message alone under way, until its topic has to wait. */
const mostEnds = 3
const waitMs = 10 * 60_000
/** So many messages are sent one at a time after an end, to find the one that causes it. */
const sentAlone = 5
/** Topics remembered; forgetting costs a few more ends. */
const mostTopics = 2_000

type Needs = { cloud: MqttClient; now: () => number; log: (line: string) => void }

/**
 * Publishes to AWS. AWS ends the connection at a message that the policy does not allow, without a reason;
 * the client would send it first on each further connection, and nothing else would ever cross. So a message
 * that is not acknowledged when the connection ends is given back to the caller, and a topic that causes the
 * ends waits, and lets the others pass.
 */
export const createOutlet = ({ cloud, now, log }: Needs) => {
  const underWay = new Map<Promise<unknown>, string>()
  const ends = new Map<string, number>()
  const waiting = new Map<string, number>()
  let alone = 0

  const blame = (topic: string): void => {
    for (const known of [ends, waiting]) if (known.size > mostTopics) known.clear()
    const count = (ends.get(topic) ?? 0) + 1
    ends.set(topic, count)
    if (count < mostEnds) return
    waiting.set(topic, now() + waitMs)
    log(`AWS ends the connection at ${topic}: the topic waits for 10 minutes; does the policy allow it?`)
  }

  cloud.on('close', () => {
    const [topic, ...others] = underWay.values()
    if (topic === undefined) return
    alone = sentAlone
    if (others.length === 0) blame(topic)
    for (const id of Object.keys(cloud.outgoing)) cloud.removeOutgoingMessage(Number(id))
  })

  return {
    /** Whether messages of a topic have to stay in the spool for now. */
    isWaiting: (topic: string): boolean => now() < (waiting.get(topic) ?? 0),

    /** Resolves when AWS has acknowledged the message; rejects if the connection ended before. */
    publish: async (
      topic: string,
      payload: string | Buffer,
      options: IClientPublishOptions = {},
    ): Promise<void> => {
      while (alone > 0 && underWay.size > 0) await Promise.allSettled(underWay.keys())
      if (!cloud.connected) throw new Error('the connection to AWS ended')
      const publishing = cloud.publishAsync(topic, payload, { ...options, qos: 1 })
      underWay.set(publishing, topic)
      try {
        await publishing
      } finally {
        underWay.delete(publishing)
      }
      ends.delete(topic)
      waiting.delete(topic)
      alone = Math.max(0, alone - 1)
    },
  }
}
