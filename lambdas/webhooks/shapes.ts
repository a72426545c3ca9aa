import * as z from 'zod/mini'
import { eventTypes } from '../changes/event-types.ts'
import { Count, Fleet, GivenTime, Status, Time } from '../http/shapes.ts'
import { deliveryStates } from './delivery.ts'
import { failureReasons } from './outcome.ts'
import { targetOf } from './target.ts'

/** HTTP schemas of webhooks and their deliveries. */

export const WebhookId = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ -'))

/** All types, and the patterns for several: `groundcrew.upload.*`, `groundcrew.*`. */
export const selections: readonly string[] = [
  'groundcrew.*',
  ...new Set(eventTypes.map((type) => `${type.split('.').slice(0, 2).join('.')}.*`)),
  ...eventTypes,
]

const EventSelection = z
  .string()
  .check(
    z.refine((text) => selections.includes(text), 'must be a type of event, or one like groundcrew.upload.*'),
  )

const distinct = (items: readonly string[]): boolean => new Set(items).size === items.length

/** Allows loopback addresses here, for local backends; the handler refuses them elsewhere. */
const addressFaults: z.core.CheckFn<string> = ({ value, issues }) => {
  const target = targetOf(value, { loopback: true })
  for (const message of 'faults' in target ? target.faults : [])
    issues.push({ code: 'custom', input: value, message })
}

/**
 * `url`: https, on the public internet. Without `fleets` the webhook gets all events, also those without a
 * fleet.
 */
export const WebhookInput = z.strictObject({
  url: z.string().check(z.minLength(1), z.maxLength(1000), z.check(addressFaults)),
  types: z
    .array(EventSelection)
    .check(z.minLength(1), z.maxLength(100), z.refine(distinct, 'must not name one twice')),
  fleets: z.optional(
    z.array(Fleet).check(z.minLength(1), z.maxLength(100), z.refine(distinct, 'must not name one twice')),
  ),
})

export const WebhookState = z.enum(['active', 'failing', 'ended'])
const Reason = z.enum(failureReasons)

/** Since when tries fail, how many have failed, and when the next one is. */
export const WebhookDown = z.object({
  since: Time,
  tries: Count,
  lastTriedAt: Time,
  nextTryAt: z.optional(Time),
  reason: Reason,
  status: z.optional(Status),
})

const webhook = {
  id: z.string(),
  url: z.string(),
  types: z.array(z.string()),
  fleets: z.optional(z.array(z.string())),
  state: WebhookState,
  stateSince: Time,
  /** Present while the receiver is down and deliveries wait. */
  down: z.optional(WebhookDown),
  createdAt: Time,
  createdBy: z.string(),
  updatedAt: Time,
  updatedBy: z.string(),
  secretRotatedAt: z.optional(Time),
}

export const Webhook = z.object(webhook)

/** `secret` is only in the response to the request that created or replaced it. */
export const WebhookWithSecret = z.object({ ...webhook, secret: z.optional(z.string()) })

export const WebhookTested = z.object({ testedAt: Time })

/** The record in a test event. */
export const WebhookTestTold = z.object({ id: z.string(), testedAt: Time, testedBy: z.string() })

/** The time span to replay, both ends inclusive. `cursor`: the `next` of the previous response. */
export const WebhookReplayInput = z.strictObject({
  from: GivenTime,
  to: GivenTime,
  cursor: z.optional(z.string().check(z.maxLength(2000))),
})

/** How many events this request sends again; with `next` there are more, for another request. */
export const WebhookReplay = z.object({ replayed: Count, next: z.optional(z.string()) })

export const WebhookDeliveryState = z.enum(deliveryStates)

/** `id`: the id of the event, as in the header `webhook-id`. */
export const WebhookDelivery = z.object({
  id: z.string(),
  type: z.string(),
  fleet: z.optional(z.string()),
  occurredAt: Time,
  state: WebhookDeliveryState,
  tries: Count,
  lastTriedAt: z.optional(Time),
  deliveredAt: z.optional(Time),
  replayedAt: z.optional(Time),
  status: z.optional(Status),
  reason: z.optional(Reason),
})
