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

/** What can be asked of webhooks. They take events out of the house, so all of it needs `admin`. */

const params = z.object({ id: WebhookId })
const common = { permission: 'admin', function: 'manage-webhooks' } as const
const fleets = 'For each fleet that it is for; for all where it names none.'

export const webhookRoutes = {
  putWebhook: route({
    ...common,
    params,
    fleets: `${fleets} All fleets share the ids of webhooks.`,
    method: 'PUT',
    path: '/v1/webhooks/{id}',
    summary:
      'Make a webhook, whose secret is shown this once, or change it; one that its receiver had ended begins anew',
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
    summary: 'A webhook, and how it is with its receiver',
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
    summary: 'All webhooks, by id; with `fleet` those that get its events',
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
    summary: 'Make another secret, shown this once; the one before signs too for 24 hours',
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
    summary:
      'Send an event of the type groundcrew.webhook.test.v1 to it; its deliveries show what came of it',
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
    summary: 'What it was sent in the last 30 days and what waits, newest first; a page may be short',
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
      'Send what happened in a span once more, with the same ids, oldest first; at most 200 for each request',
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
    summary: 'Delete a webhook; what it was still to be sent is not sent',
    query: none,
    output: none,
    success: 204,
  }),
} as const
