import { randomUUID } from 'node:crypto'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import type { Tick } from '../pace.ts'
import type { Faults } from './faults.ts'
import { withQuirks } from './field-quirks.ts'
import type { Message } from './messages.ts'

type Needs = {
  dockSn: string
  faults: () => Faults
  publish: (topic: string, payload: string) => void
  /** Waits until an unanswered event is repeated; absent if events request no answer. */
  resendTick?: Tick
}

/**
 * A dock's outgoing messages, with the faults of sending. `flush` sends an event held back for reordering.
 */
export type Outbox = {
  reply: (message: Message) => void
  event: (message: Message) => void
  acknowledged: (tid: string) => void
  flush: () => void
  close: () => void
}

/**
 * Repeats the newest event, each time with a new `tid` and `bid`, until one of them is acknowledged. A real
 * Dock 3 was recorded doing so about every two seconds (github.com/SMengqi/sim_dji_cloud).
 */
const createResender = (tick: Tick, send: (message: Message) => void) => {
  let waiting = new AbortController()
  let tids = new Set<unknown>()
  const resend = async (message: Message, stop: AbortSignal): Promise<void> => {
    while (!stop.aborted) {
      await tick(stop)
      const again = { ...message, tid: randomUUID(), bid: randomUUID() }
      tids.add(again.tid)
      send(again)
    }
  }
  const stop = () => waiting.abort()
  return {
    stop,
    sent: (message: Message) => {
      stop()
      waiting = new AbortController()
      tids = new Set([message.tid])
      resend(message, waiting.signal).catch(() => {})
    },
    acknowledged: (tid: string) => {
      if (tids.has(tid)) stop()
    },
  }
}

/** Sends all messages of a dock, in the order of a faultless dock. */
export const createOutbox = (needs: Needs): Outbox => {
  const topics = topicsOf(needs.dockSn)
  let held: Message | undefined
  const send = (topic: string, message: Message) => {
    const quirks = needs.faults().quirks ?? []
    // Replies with another process id have never been seen; events have.
    const fitting = topic === topics.events ? quirks : quirks.filter((quirk) => quirk !== 'otherBid')
    const payload = JSON.stringify(withQuirks(message, fitting))
    needs.publish(topic, payload)
    if (needs.faults().duplicates) needs.publish(topic, payload)
  }
  const sendEvent = (message: Message) => send(topics.events, message)
  const resender = needs.resendTick && createResender(needs.resendTick, sendEvent)
  const flush = () => {
    if (held) sendEvent(held)
    held = undefined
  }
  return {
    reply: (message) => send(topics.servicesReply, message),
    event: (message) => {
      if (needs.faults().reorder && !held) {
        held = message
      } else {
        sendEvent(message)
        flush()
      }
      resender?.sent(message)
    },
    acknowledged: (tid) => resender?.acknowledged(tid),
    flush,
    close: () => resender?.stop(),
  }
}
