/**
 * Every kind of change that is told to others. A name says what changed and to what; `v1` is the version of
 * what comes with it. Names never change: rules and webhooks of others are written against them.
 */

const of = <const Subject extends string, const What extends string>(
  subject: Subject,
  whats: readonly What[],
) => whats.map((what) => `groundcrew.${subject}.${what}.v1` as const)

export const eventTypes = [
  /** To these states; `requested` is an upload that was just opened. */
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
  /** Storage holds something else than the dock said, or something else took its place. */
  ...of('archive', ['mismatched', 'overwritten']),
  ...of('listing', ['received', 'failed']),
  /** To these states; `matched` and `confirmed` are how well it is known; `offered` each time a link was sent. */
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
  /** What was decided about a campaign, by its gates or by people. */
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
  /** Of a dock or its aircraft. */
  ...of('alarm', ['raised', 'cleared']),
  ...of('flight', ['ended']),
  /** A dock's debug mode, in which its aircraft can be switched on; `stuck`: it could not be closed. */
  ...of('debug', ['on', 'off', 'refused', 'stuck']),
  /** What a collection did at one dock for one cause. */
  ...of('collection', ['started', 'ended']),
  /** The first of its kind. */
  ...of('message', ['rejected']),
  /** Deliveries to a webhook come to nothing; its receiver has ended it. */
  ...of('webhook', ['failing', 'ended']),
  /** Asked for by hand, to one webhook. */
  ...of('webhook', ['test']),
] as const

export type EventType = (typeof eventTypes)[number]
