/**
 * All types of events. A type names what changed and how; `v1` is the version of the event's data. Types
 * never change, because other people's rules and webhooks depend on them.
 */

const of = <const Subject extends string, const What extends string>(
  subject: Subject,
  whats: readonly What[],
) => whats.map((what) => `groundcrew.${subject}.${what}.v1` as const)

export const eventTypes = [
  /** An upload changed to this state; `requested`: it was just opened. */
  ...of('upload', [
    'requested',
    'accepted',
    'uploading',
    'uploaded',
    'verified',
    'missing',
    'rejected',
    'failed',
    'canceled',
    'timedOut',
    'partial',
  ]),
  /** Storage holds another object than the dock reported, or another object was put in its place. */
  ...of('archive', ['mismatched', 'overwritten']),
  ...of('listing', ['received', 'failed']),
  /** An upgrade changed to this state or evidence; `offered`: a link was sent, each time. */
  ...of('upgrade', [
    'pending',
    'offered',
    'upgrading',
    'matched',
    'confirmed',
    'succeeded',
    'failed',
    'timedOut',
    'rolledBack',
    'closed',
  ]),
  ...of('package', ['proved', 'refused']),
  /** A decision about a campaign, by its gates or by people. */
  ...of('campaign', [
    'created',
    'started',
    'prepared',
    'gatePassed',
    'awaitingApproval',
    'approved',
    'gateFailed',
    'paused',
    'resumed',
    'aborted',
    'finished',
  ]),
  ...of('presence', ['online', 'offline', 'unknown']),
  /** An alarm of a dock or its aircraft. */
  ...of('alarm', ['raised', 'cleared']),
  ...of('flight', ['ended']),
  /** The debug mode of a dock, in which its aircraft can be switched on; `stuck`: it could not be closed. */
  ...of('debug', ['on', 'off', 'refused', 'stuck']),
  /** A run of a collection, at one dock for one cause. */
  ...of('collection', ['started', 'ended']),
  /** The first rejected message of its kind. */
  ...of('message', ['rejected']),
  /** Deliveries to a webhook were given up; its receiver has ended it. */
  ...of('webhook', ['failing', 'ended']),
  /** A test that somebody requested, sent only to that webhook. */
  ...of('webhook', ['test']),
] as const

export type EventType = (typeof eventTypes)[number]
