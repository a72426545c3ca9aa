import { iso } from '../http/iso.ts'
import type { View } from '../http/shapes.ts'
import type { Delivery } from './delivery.ts'
import type { Hook } from './hook.ts'
import { type FailureReason, failureReasons } from './outcome.ts'
import type { Webhook, WebhookDelivery } from './shapes.ts'

/** Webhooks as the API shows them, without secrets. */

export const webhookView = (hook: Hook): View<typeof Webhook> => ({
  id: hook.id,
  url: hook.url,
  types: hook.types,
  fleets: hook.fleets,
  state: hook.state,
  stateSince: iso(hook.stateSince ?? hook.createdAt),
  ...(hook.down
    ? {
        down: {
          since: iso(hook.down.since),
          tries: hook.down.tries,
          lastTriedAt: iso(hook.down.triedAt),
          nextTryAt: time(hook.checkAt),
          reason: reasonIn(hook.down.reason) ?? 'notConnected',
          status: hook.down.status,
        },
      }
    : {}),
  createdAt: iso(hook.createdAt),
  createdBy: hook.createdBy,
  updatedAt: iso(hook.updatedAt),
  updatedBy: hook.updatedBy,
  secretRotatedAt: time(hook.rotatedAt),
})

export const deliveryView = (row: Delivery): View<typeof WebhookDelivery> => ({
  id: row.eventId,
  type: row.type,
  fleet: row.fleet,
  occurredAt: iso(row.at),
  state: row.state,
  tries: row.tries,
  lastTriedAt: time(row.triedAt),
  deliveredAt: time(row.deliveredAt),
  replayedAt: time(row.replayedAt),
  status: row.status,
  reason: reasonIn(row.reason),
})

const time = (at: number | undefined): string | undefined => (at === undefined ? undefined : iso(at))

/** Undefined for an unknown reason, which a newer version may have written. */
const reasonIn = (text: string | undefined): FailureReason | undefined =>
  failureReasons.find((known) => known === text)
