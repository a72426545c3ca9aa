/**
 * The one table: its keys and indexes, as plain data for `lib/`, and the reasons for them.
 *
 * All items of a dock are in the dock's partition, `DOCK#{dockSn}`. The topic of a message fixes the
 * partition it may write, so no dock can reach another dock's records. Sort keys:
 *
 * | sk                       | item |
 * |--------------------------|------|
 * | `DOCK`                   | the dock: fleet, name, the slot of its one active upload, and its newest upload |
 * | `REMOVED`                | tombstone of a removed dock: the fleet that still owns its records |
 * | `ACCOUNT`                | the account with which the dock logs in |
 * | `LOGS#{module}`          | the newest successful listing of a module |
 * | `HEARD`                  | when the dock last answered with a listing: small, since pages of docks show it |
 * | `PRESENCE`               | the dock's presence, by sign; the firmware of an aircraft |
 * | `TOPOLOGY`               | what the dock last reported of itself and its aircraft |
 * | `DEBUG`                  | the dock's newest debug session, and what we still have to send for it |
 * | `COLLECTION#{id}`        | a collection's run at the dock, and the alarms whose logs it recently collected |
 * | `ALARM#{sn}#{code}#{component}#{sensor}` | an alarm of the dock or its aircraft, raised or cleared |
 * | `FLIGHT#{flightId}`      | a flight that has ended |
 * | `FLIGHTS#{hour}`         | how many flights ended in an hour of the clock |
 * | `FOREIGN`                | the newest export of another platform seen on this dock |
 * | `NEWAIRCRAFT`            | the aircraft that the dock reported for the first time within a day |
 * | `COMMAND#{commandId}`    | the record for which a command was sent |
 * | `LISTING#{id}`           | a request for a listing and its answer |
 * | `UPLOAD#{id}#request`    | the request; never changes, may be large (hundreds of boot indexes) |
 * | `UPLOAD#{id}#state`      | the hot item, kept within 1 KB so that a progress report costs one write unit |
 * | `HISTORY#{uploadId}#{kind}#{at}#{…}` | who did what to an upload, by kind of action |
 * | `OBJECT#{uploadId}#{module}#{order}` | an object that storage reported under an archive's key |
 *
 * Ids are UUIDv7, so sort keys order records by creation. `#request` and `#state` are neighbours: one query
 * reads both.
 *
 * Partitions outside the docks:
 * - `REJECTED#{source}`: rejected messages; the sort key is reason and path.
 * - `IDEMPOTENCY#{caller}`: idempotency keys; the sort key is the caller's key.
 * - `DOCKACCOUNT#{user name}`, `ACCOUNT`: an account with which a dock logs in.
 * - `SERIAL#{serial number in lower case}`, `HEARD`: the unregistered dock that last spoke under such a name.
 * - `AIRCRAFT#{sn}`: an aircraft: its newest dock, and the organization it belongs to.
 * - `ORG#{id}`: `ORG` is an organization, `CODE#{hash}` each of its binding codes, by its SHA-256.
 * - `DEVICE#{id}`: `DEVICE` is the hot item of a device, with its newest attempt. What it has no room for is
 *   beside it: `SEEN` has when it was last seen, `TRAITS` its labels, model and time zone. `ATTEMPT#{id}` is
 *   each earlier attempt with its registers, `REPORT#{at}#{receipt}#{index}` each event that it reported.
 *
 * A campaign has the partition `CAMPAIGN#{id}`: `CAMPAIGN` has its settings and its newest count,
 * `DEVICE#{deviceId}` each of its devices. The settings expire some time after the campaign has nothing left
 * to do, a device's row some time after its first attempt would have timed out. Docks and devices stay until
 * they are removed. A campaign that drives its devices has these rows too:
 *
 * | sk                                | row |
 * |-----------------------------------|-----|
 * | `CHOSEN#{deviceId}`               | a device that the campaign was given |
 * | `PLAN#{phase}#{order}#{deviceId}` | the device in its phase, in the order of turns; never changes |
 * | `OPEN#{deviceId}`                 | a device at work, written before its attempt is opened |
 * | `RETRY#{deviceId}`                | a device that failed and will be tried again |
 * | `SKIPPED#{deviceId}`              | a device that could not take part, and why |
 * | `PACE#{minute}`                   | the number of offers made in a minute of the clock |
 * | `CURVE`                           | confirmed and failed devices over time |
 * | `HISTORY#{at}#{rev}`              | a decision: who made it, and on which numbers; never changes |
 *
 * A collection has the partition `COLLECTION#{id}`: `COLLECTION` has its settings, `RUN#{runId}` what it did
 * for each cause at each dock, `START#{startId}` the docks that a start still has to go through, `TURNS` the
 * docks at work. Runs that wait for their turn are in the index `due` under a kind of their collection's own,
 * which the sweep does not read.
 *
 * `UPGRADEENDS#{shard}`, with the sort key `{day}#{fleet}`, counts the upgrades that ended, for a chart.
 *
 * A package has the partition `PACKAGE#{id}`: `PACKAGE` is the package, `USE#CAMPAIGN#{id}` and
 * `USE#ATTEMPT#{deviceId}#{attemptId}` each campaign and attempt that may need it, and until when.
 *
 * All webhooks share the partition `WEBHOOKS`: `WEBHOOK#{id}` is a webhook, `MADE` changes with each new one.
 * A webhook also has a partition of its own, `WEBHOOK#{id}#{making}`: `SECRET` has its signing keys,
 * `DELIVERY#{at}#{eventId}` each delivery that was sent or waits.
 *
 * Indexes hold only what changes seldom, because each change of an indexed attribute costs a further write
 * unit:
 * - `byKind` lists a kind of record across docks, devices, campaigns and packages: `kind` is one of
 *   `KindQuery` in `pages.ts`, `kindKey` its order. A kind is one partition, which takes 1,000 changes a
 *   second: far more than the starts and ends of any fleet.
 * - `due` holds what the sweep has to check, by time; an item leaves it when nothing is left to do. An upload
 *   that has ended is in it once more, under another kind, while a follow-up is due. Waiting deliveries are
 *   in it by webhook.
 * - `byCampaign` has each device of a campaign once, with the attempt that counts for the campaign.
 *   `countedIn` is the campaign and one of sixteen shards, or a phase of it and one of four, since a
 *   partition takes 1,000 write units a second and a throttled index throttles the writes of the table
 *   (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html).
 */
export const table = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Epoch seconds, as DynamoDB's time to live requires. */
  timeToLive: 'expiresAt',
  indexes: {
    byKind: {
      name: 'byKind',
      partitionKey: { name: 'kind', type: 'S' },
      sortKey: { name: 'kindKey', type: 'S' },
      attributes: ['state', 'fleet', 'version', 'campaignId'],
    },
    due: {
      name: 'due',
      partitionKey: { name: 'dueKind', type: 'S' },
      sortKey: { name: 'checkAt', type: 'N' },
      attributes: [],
    },
    byCampaign: {
      name: 'byCampaign',
      partitionKey: { name: 'countedIn', type: 'S' },
      sortKey: { name: 'state', type: 'S' },
      attributes: ['evidence', 'version', 'reason'],
    },
  },
} as const

/** Days that each kind of record is kept. The bucket's lifecycle rule expires archives. */
export type Retention = { commands: number; uploads: number; upgrades: number; rejected: number }
export const defaultRetention: Retention = { commands: 30, uploads: 400, upgrades: 400, rejected: 30 }
