import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Chaos } from './chaos.ts'
import type { MessageStore } from './message-store.ts'

/** A message as one receive returns it. `receiptHandle` is valid for this receive only. */
export type Message = {
  messageId: string
  receiptHandle: string
  body: string
  sentAt: number
  receiveCount: number
  firstReceivedAt: number
}

export type QueueSettings = {
  name: string
  arn: string
  url: string
  visibilitySeconds: number
  delaySeconds: number
  retentionSeconds: number
  maximumBytes: number
  /**
   * The dead-letter queue, to which a message goes instead of being received more than `maxReceiveCount`
   * times.
   */
  redrive?: { arn: string; maxReceiveCount: number }
}

/**
 * A standard SQS queue: at-least-once delivery, without order. A received message is hidden for the
 * visibility timeout and comes back unless it is deleted; after `maxReceiveCount` receives it moves to the
 * dead-letter queue instead.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
 */
export type Queue = {
  settings: QueueSettings
  /**
   * Accepts a message: it is stored when this returns, and becomes visible `delayMs` later than usual.
   * @throws Error if it is larger than the queue allows.
   */
  send: (body: string, delayMs?: number) => string
  /** At most `limit` messages and, after the first, at most `maximumBytes` of bodies. */
  receive: (limit: number, maximumBytes?: number) => Message[]
  delete: (receiptHandle: string) => void
  /** Changes when a received message comes back. */
  changeVisibility: (receiptHandle: string, seconds: number) => void
  /** Deletes all its messages, hidden or not. */
  purge: () => void
  visible: () => number
  /** All its messages, hidden or not; receives nothing. */
  peek: () => { messageId: string; body: string; sentAt: number }[]
  /** Calls `listener` whenever messages may have become visible. */
  onVisible: (listener: () => void) => void
  close: () => void
}

const parseReceipt = (handle: string): [copy: number, receiveCount: number] => {
  const [copy, receiveCount] = handle.split('-').map(Number)
  return [copy ?? 0, receiveCount ?? 0]
}

type Needs = { store: MessageStore; clock: Clock; chaos?: Chaos | undefined }

/** Opens the queue with the messages that the store already holds for it. */
export const openQueue = (settings: QueueSettings, { store, clock, chaos }: Needs): Queue => {
  const { arn } = settings
  const listeners: (() => void)[] = []
  let cancelWake = (): void => {}
  const armWake = (): void => {
    cancelWake()
    const at = store.nextVisibleAt(arn, clock.now())
    if (at !== null) cancelWake = clock.after(at - clock.now(), wake)
  }
  const wake = (): void => {
    armWake()
    if (store.hasVisible(arn, clock.now())) for (const listener of listeners) listener()
  }

  const deadLettered = (copy: number, receiveCount: number): boolean => {
    if (!settings.redrive || receiveCount < settings.redrive.maxReceiveCount) return false
    store.move(copy, settings.redrive.arn, clock.now())
    return true
  }

  const receive: Queue['receive'] = (limit, maximumBytes = Number.POSITIVE_INFINITY) => {
    const now = clock.now()
    store.expire(arn, now - settings.retentionSeconds * 1000)
    const received: Message[] = []
    let bytes = 0
    const candidates = store.visible(arn, now, chaos?.reorders() ? limit * 5 : limit)
    for (const stored of chaos?.shuffle(candidates) ?? candidates) {
      if (received.length === limit) break
      if (deadLettered(stored.copy, stored.receiveCount)) continue
      bytes += Buffer.byteLength(stored.body)
      if (received.length > 0 && bytes > maximumBytes) break
      store.hide(stored.copy, now + settings.visibilitySeconds * 1000, now)
      received.push({
        messageId: stored.messageId,
        receiptHandle: `${stored.copy}-${stored.receiveCount + 1}`,
        body: stored.body,
        sentAt: stored.sentAt,
        receiveCount: stored.receiveCount + 1,
        firstReceivedAt: stored.firstReceivedAt ?? now,
      })
    }
    if (received.length > 0) armWake()
    return received
  }

  return {
    settings,
    send: (body, laterMs = 0) => {
      if (Buffer.byteLength(body) > settings.maximumBytes)
        throw new Error(`${settings.name}: a message may have ${settings.maximumBytes} bytes at most`)
      const messageId = randomUUID()
      for (let copy = 0; copy < (chaos?.copies() ?? 1); copy++) {
        const delayMs = settings.delaySeconds * 1000 + laterMs + (chaos?.delayMs() ?? 0)
        store.insert(arn, { messageId, body, sentAt: clock.now(), visibleAt: clock.now() + delayMs })
      }
      wake()
      return messageId
    },
    receive,
    delete: (handle) => store.remove(...parseReceipt(handle)),
    changeVisibility: (handle, seconds) => {
      store.show(...parseReceipt(handle), clock.now() + seconds * 1000)
      wake()
    },
    purge: () => store.expire(arn, clock.now()),
    visible: () => store.countVisible(arn, clock.now()),
    peek: () => store.all(arn).map(({ messageId, body, sentAt }) => ({ messageId, body, sentAt })),
    onVisible: (listener) => {
      listeners.push(listener)
      wake()
    },
    close: () => cancelWake(),
  }
}
