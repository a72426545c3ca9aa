import * as z from 'zod/mini'
import { none, route } from '../http/route.ts'
import { Fleet, PageQuery, page } from '../http/shapes.ts'
import {
  Webhook,
  WebhookDelivery,
  WebhookDeliveryState,
  WebhookId,
  WebhookInput,
  WebhookReplay,
  WebhookReplayInput,
  WebhookTested,
  WebhookWithSecret,
} from './shapes.ts'

/** Routes of webhooks. All need `admin`, because webhooks send events out of the system. */

const params = z.object({ id: WebhookId })
const common = { permission: 'admin', function: 'manage-webhooks' } as const
const fleets = 'Needed for each fleet of the webhook, or for all fleets if it names none.'

export const webhookRoutes = {
  putWebhook: route({
    ...common,
    params,
    fleets: `${fleets} All fleets share the ids of webhooks.`,
    method: 'PUT',
    path: '/v1/webhooks/{id}',
    summary:
      'Make or change a webhook; restarts one that its receiver has ended. Only this response shows the secret',
    query: none,
    body: WebhookInput,
    output: WebhookWithSecret,
    success: 200,
  }),
  getWebhook: route({
    ...common,
    params,
    fleets,
    method: 'GET',
    path: '/v1/webhooks/{id}',
    summary: 'A webhook and the state of its receiver',
    query: none,
    output: Webhook,
    success: 200,
  }),
  listWebhooks: route({
    ...common,
    params: none,
    fleets,
    method: 'GET',
    path: '/v1/webhooks',
    summary: 'All webhooks, by id; with `fleet` only those that get its events',
    query: z.strictObject({ fleet: z.optional(Fleet) }),
    output: page(Webhook),
    success: 200,
  }),
  rotateWebhookSecret: route({
    ...common,
    params,
    fleets,
    method: 'POST',
    path: '/v1/webhooks/{id}/rotate-secret',
    summary: 'Replace the secret; only this response shows it, and the old one also signs for 24 hours',
    query: none,
    output: WebhookWithSecret,
    success: 200,
  }),
  testWebhook: route({
    ...common,
    params,
    fleets,
    method: 'POST',
    path: '/v1/webhooks/{id}/test',
    summary: 'Send a test event, groundcrew.webhook.test.v1, to a webhook; its deliveries show the outcome',
    query: none,
    output: WebhookTested,
    success: 202,
  }),
  listWebhookDeliveries: route({
    ...common,
    params,
    fleets,
    method: 'GET',
    path: '/v1/webhooks/{id}/deliveries',
    summary: 'Deliveries of the last 30 days, sent or waiting, newest first; a page may be short',
    query: z.strictObject({ ...PageQuery, state: z.optional(WebhookDeliveryState) }),
    output: page(WebhookDelivery),
    success: 200,
  }),
  replayWebhook: route({
    ...common,
    params,
    fleets,
    method: 'POST',
    path: '/v1/webhooks/{id}/replay',
    summary:
      'Send the deliveries of a time span again, with the same ids, oldest first; at most 200 for each request',
    query: none,
    body: WebhookReplayInput,
    output: WebhookReplay,
    success: 202,
  }),
  deleteWebhook: route({
    ...common,
    params,
    fleets,
    method: 'DELETE',
    path: '/v1/webhooks/{id}',
    summary: 'Delete a webhook; its waiting deliveries are not sent',
    query: none,
    output: none,
    success: 204,
  }),
} as const
