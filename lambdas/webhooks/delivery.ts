import { inflateRawSync } from 'node:zlib'
import * as z from 'zod/mini'
import { deliveryPrefix } from '../table/keys.ts'
import type { Key } from '../table/pages.ts'
import type { HookRef } from './store.ts'

/**
 * What webhooks were sent, and what waits to be: pk `WEBHOOK#{id}#{making}`, sk `DELIVERY#{at}#{event id}`. What is
 * being sent is due after `sendingMs`, under the kind of webhooks: if its sender dies, the clock finds it. What waits
 * is due under a kind of its webhook's own, so that it is found in order.
 */

export const keptDays = 30

export const deliveryStates = ['waiting', 'delivered', 'failed', 'dropped'] as const

export const Row = z.object({
  pk: z.string(),
  sk: z.string(),
  eventId: z.string(),
  type: z.string(),
  fleet: z.optional(z.string()),
  about: z.optional(z.string()),
  /** When the event happened, epoch ms. */
  at: z.number(),
  /** What is sent, deflated. */
  body: z.instanceof(Uint8Array),
  /** `failed`: given up; `dropped`: the webhook wanted it no more. */
  state: z.enum(deliveryStates),
  tries: z.number(),
  giveUpAt: z.number(),
  triedAt: z.optional(z.number()),
  status: z.optional(z.number()),
  reason: z.optional(z.string()),
  deliveredAt: z.optional(z.number()),
  replayedAt: z.optional(z.number()),
  dueKind: z.optional(z.string()),
  checkAt: z.optional(z.number()),
})
export type Delivery = z.infer<typeof Row>

/** An event as it came from the bus. `about`: the webhook that it is about. */
export type ReceivedEvent = {
  id: string
  type: string
  fleet?: string | undefined
  about?: string | undefined
  at: number
  body: string
}

export const bodyOf = ({ body }: Delivery): string => inflateRawSync(body).toString()

/** The index partition of what waits for a webhook. */
export const waitingKind = ({ id, key }: HookRef): string => `webhook#${id}#${key}`

/** The webhook that a key of a delivery is of; undefined: it is none of a delivery. */
export const hookOf = ({ pk, sk }: Key): HookRef | undefined => {
  const [kind, id, key] = pk.split('#')
  return kind === 'WEBHOOK' && id && key && sk.startsWith(deliveryPrefix) ? { id, key } : undefined
}
