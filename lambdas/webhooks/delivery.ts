import { inflateRawSync } from 'node:zlib'
import * as z from 'zod/mini'
import { deliveryPrefix } from '../table/keys.ts'
import type { Key } from '../table/pages.ts'
import type { HookRef } from './store.ts'

/**
 * Deliveries in the table, sent or waiting: pk `WEBHOOK#{id}#{making}`, sk `DELIVERY#{at}#{event id}`. A
 * delivery that is being sent is due after `sendingMs`, under the kind of webhooks, so that the sweep finds
 * it if its sender crashes. Waiting deliveries are due under a kind of their webhook's own, so that they are
 * found in order.
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
  /** The body to send, deflated. */
  body: z.instanceof(Uint8Array),
  /** `failed`: given up; `dropped`: the webhook no longer selects it, or was deleted or ended. */
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

/** An event from the bus. `about`: the webhook that the event is about, if it is about one. */
export type ReceivedEvent = {
  id: string
  type: string
  fleet?: string | undefined
  about?: string | undefined
  at: number
  body: string
}

export const bodyOf = ({ body }: Delivery): string => inflateRawSync(body).toString()

/** The partition of the index `due` with the waiting deliveries of a webhook. */
export const waitingKind = ({ id, key }: HookRef): string => `webhook#${id}#${key}`

/** The webhook of a delivery's key; undefined for any other key. */
export const hookOf = ({ pk, sk }: Key): HookRef | undefined => {
  const [kind, id, key] = pk.split('#')
  return kind === 'WEBHOOK' && id && key && sk.startsWith(deliveryPrefix) ? { id, key } : undefined
}
