import { at, createdAt, dockSn, fleet, id, person } from './common.ts'

const hook = {
  id: 'tickets',
  url: 'https://tickets.example.org/groundcrew',
  types: ['groundcrew.upload.*'],
  fleets: [fleet],
  state: 'active',
  stateSince: createdAt,
  createdAt,
  createdBy: person,
  updatedAt: createdAt,
  updatedBy: person,
}

const ends = { succeeded: 12, unsuccessful: 1 }

export const otherExamples = {
  Overview: {
    at: createdAt,
    since: '2026-11-20T10:00:00Z',
    docks: { registered: 30, offline: 2 },
    uploads: { running: 1, ...ends, timedOut: 1 },
    upgrades: { running: 40, unsuccessful: 3, timedOut: 1 },
    campaigns: {
      running: 1,
      awaitingApproval: [{ id: 'spring', name: 'Spring firmware' }],
      stopped: [{ id: 'summer', name: 'Summer firmware', reason: 'failures' }],
    },
    days: [{ day: '2026-11-21', uploads: ends, upgrades: ends }],
    complete: true,
  },
  Webhook: hook,
  WebhookWithSecret: { ...hook, secret: 'whsec_shown-this-once' },
  WebhookInput: { url: hook.url, types: hook.types, fleets: [fleet] },
  WebhookTested: { testedAt: createdAt },
  WebhookReplayInput: { from: '2026-11-21T09:00:00Z', to: '2026-11-21T10:00:00Z' },
  WebhookReplay: { replayed: 12 },
  WebhookDelivery: {
    id,
    type: 'groundcrew.upload.verified.v1',
    fleet,
    occurredAt: createdAt,
    state: 'delivered',
    tries: 1,
    lastTriedAt: at('10:02:01'),
    deliveredAt: at('10:02:01'),
    status: 204,
  },
  StorageCheck: { ok: true, steps: [{ step: 'lend', outcome: 'passed' }] },
  RejectedMessage: {
    source: dockSn,
    reason: 'must be a number',
    path: 'data.result',
    count: 3,
    firstAt: createdAt,
    lastAt: at('10:04:00'),
    sample: '{"data":{"result":"zero"}}',
  },
  getOpenApi: { openapi: '3.1.0' },
  getAsyncApi: { asyncapi: '3.0.0' },
}
