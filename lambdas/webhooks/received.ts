import * as z from 'zod/mini'
import type { ReceivedEvent } from './delivery.ts'

/** An event as EventBridge passes it; its `detail` is one of our CloudEvents. */
const Envelope = z.object({
  detail: z.looseObject({
    id: z.string().check(z.regex(/^[\w:#-]{1,200}$/)),
    type: z.string(),
    subject: z.string(),
    time: z.iso.datetime(),
    fleet: z.optional(z.string()),
  }),
})

/**
 * Takes the CloudEvent out of an EventBridge event; only that is sent to webhooks.
 * @throws if it is not an event of ours
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
 */
export const receivedEvent = (event: unknown): ReceivedEvent => {
  const { detail } = Envelope.parse(event)
  const { id, type, subject, time, fleet } = detail
  const [, about] = /^webhooks\/([\w-]+)$/.exec(subject) ?? []
  return { id, type, fleet, about, at: Date.parse(time), body: JSON.stringify(detail) }
}
