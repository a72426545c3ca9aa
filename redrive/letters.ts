import * as z from 'zod'
import { answerRules, type queues, type TopicRuleTrigger, topicRules } from '../lambdas/triggers.ts'
import { type Unpublished, unpublishedIn } from './event-letters.ts'

/** Decides what to do with a dead letter. Pure. */

export type QueueName = keyof typeof queues

const queueNames = ['replies', 'progress', 'upgrades', 'archives'] as const satisfies readonly QueueName[]

/**
 * The failure queues, by their names in `lib/`: a queue's dead letters, messages that a topic rule could not
 * deliver, unanswered messages of docks, and unpublished changes and failed invocations by events and the
 * schedule.
 */
export const failureQueues = [
  ...queueNames.map((name) => `${name}DeadLetters` as const),
  'RuleFailures',
  'AnswerFailures',
  'EventFailures',
] as const
export type FailureQueue = (typeof failureQueues)[number]

/**
 * A dead letter. `sentAt`: when SQS first accepted the message, epoch ms; a move to the dead-letter queue
 * keeps it.
 */
export type Letter = { messageId: string; body: string; sentAt: number }

export type Verdict =
  | { outcome: 'send'; queue: QueueName; body: string }
  /** It is published again, on the bus. */
  | { outcome: 'publish'; unpublished: Unpublished }
  /** There is nothing to put back. */
  | { outcome: 'drop'; reason: string }
  /** It cannot be put back, and stays. */
  | { outcome: 'keep'; reason: string }

/** https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html */
const RuleFailure = z.looseObject({
  topic: z.string(),
  base64OriginalPayload: z.string(),
  cloudwatchTraceId: z.string().optional(),
  clientId: z.string().optional(),
})

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html */
const ofClock = z.looseObject({ 'detail-type': z.literal('Scheduled Event') })

const matches = (filter: string, topic: string): boolean => {
  const segments = topic.split('/')
  const levels = filter.split('/')
  return levels.length === segments.length && levels.every((one, n) => one === '+' || one === segments[n])
}

const ruleOf = (topic: string): TopicRuleTrigger | undefined =>
  Object.values<TopicRuleTrigger>(topicRules).find(({ filter }) => matches(filter, topic))

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A dock waits for seconds; it ignores a later answer. */
const tooLate: Verdict = {
  outcome: 'drop',
  reason: 'the dock repeats its requests, and reports its aircraft with each connection',
}

/**
 * The message that the rule would have sent. Time and receipt are derived from the dead letter, so that
 * putting it back twice gives the same message twice. The receipt is IoT's id of the message. The time is
 * that of the dead letter, which differs from the broker's by the seconds in which IoT tried to deliver.
 */
const envelopeOf = (letter: Letter): Verdict => {
  const failure = RuleFailure.safeParse(parseJson(letter.body))
  if (!failure.success) return { outcome: 'keep', reason: 'it is not a failure message of a topic rule' }
  const { topic, base64OriginalPayload, cloudwatchTraceId, clientId = 'n/a' } = failure.data
  const rule = ruleOf(topic)
  if (!rule && Object.values(answerRules).some(({ filter }) => matches(filter, topic))) return tooLate
  if (!rule) return { outcome: 'keep', reason: `none of our topic rules listens to ${topic}` }
  const envelope = {
    payload: base64OriginalPayload,
    source: topic.split('/')[rule.sourceSegment - 1],
    receivedAt: letter.sentAt,
    receiptId: cloudwatchTraceId ?? letter.messageId,
    clientId,
    ...(rule.about ? { about: rule.about } : {}),
  }
  return { outcome: 'send', queue: rule.queue, body: JSON.stringify(envelope) }
}

/** Decides what to do with a dead letter of this queue. */
export const judge = (from: FailureQueue, letter: Letter): Verdict => {
  if (from === 'RuleFailures') return envelopeOf(letter)
  if (from === 'AnswerFailures') return tooLate
  if (from === 'EventFailures') {
    const body = parseJson(letter.body)
    if (ofClock.safeParse(body).success)
      return { outcome: 'drop', reason: 'the sweep has been started every minute since' }
    const unpublished = unpublishedIn(body)
    return unpublished
      ? { outcome: 'publish', unpublished }
      : { outcome: 'keep', reason: 'it is neither an unpublished change nor a failed invocation by an event' }
  }
  const queue = queueNames.find((name) => from === `${name}DeadLetters`)
  if (!queue) return { outcome: 'keep', reason: `${from} belongs to no queue` }
  return { outcome: 'send', queue, body: letter.body }
}
