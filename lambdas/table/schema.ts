/**
 * The one table: its keys and indexes, as plain data for `lib/`, and the reasons for them.
 *
 * Everything about a dock is in the dock's own partition, `DOCK#{dockSn}`, so that the topic a message came on fixes
 * the partition it may write: another dock's records are out of reach. Sort keys:
 *
 * | sk                       | item |
 * |--------------------------|------|
 * | `DOCK`                   | the dock: fleet, name, the slot of its one active upload, and its newest upload |
 * | `REMOVED`                | of a dock that was removed: whose its records are |
 * | `ACCOUNT`                | which account the dock logs in with |
 * | `LOGS#{module}`          | the newest listing of a module that succeeded |
 * | `HEARD`                  | when the dock answered last with a listing: small, since pages of docks show it |
 * | `PRESENCE`               | whether the dock is there, by sign; of an aircraft, what it runs |
 * | `TOPOLOGY`               | what the dock said last of itself and its aircraft |
 * | `DEBUG`                  | the dock's debug mode as we opened it last, and what we owe it |
 * | `COLLECTION#{id}`        | the run that a collection has at the dock, and the alarms whose logs it collected of late |
 * | `ALARM#{sn}#{code}#{component}#{sensor}` | an alarm of the dock or its aircraft, which stands or has cleared |
 * | `FLIGHT#{flightId}`      | a flight that has ended |
 * | `FOREIGN`                | the newest export of another platform seen on this dock |
 * | `NEWAIRCRAFT`            | the aircraft that it named for the first time within a day |
 * | `COMMAND#{commandId}`    | which record a command was sent for; never changes |
 * | `LISTING#{id}`           | a request for a listing and its answer |
 * | `UPLOAD#{id}#request`    | what was asked for; never changes, may be large (hundreds of boot indexes) |
 * | `UPLOAD#{id}#state`      | the hot item, kept within 1 KB so that a progress report costs one write unit |
 * | `HISTORY#{uploadId}#{kind}#{at}#{…}` | who did what to an upload, by kind of action |
 *
 * Ids are UUIDv7, so sort keys order records by creation; `#request` and `#state` are neighbours, one query reads both.
 * Besides: `REJECTED#{source}` (sort key: reason and path), `IDEMPOTENCY#{caller}` (sort key: the caller's key), and
 * `DOCKACCOUNT#{user name}`, `ACCOUNT`: an account with which a dock logs in, and
 * `SERIAL#{serial number in small letters}`, `HEARD`: the dock that nobody registered and that spoke last under such a name.
 *
 * An aircraft has an item of its own, `AIRCRAFT#{sn}`: the dock that had it last, the organization it belongs to. An organization has
 * a partition, `ORG#{id}`: `ORG` itself, `CODE#{hash}` each binding code, by the SHA-256 of it.
 * Of a device `DEVICE` is its hot item, which has no room for the rest: `SEEN` is when it was last there,
 * `TRAITS` its labels, model and time zone.
 *
 * A campaign has a partition, `CAMPAIGN#{id}`: `CAMPAIGN` its settings and its last count, `DEVICE#{deviceId}` each device in it.
 * The settings begin to expire when nothing is left to do, a device's row when silence would have ended the attempt with which
 * it came in. Docks and devices stay until they are removed.
 * One that drives its devices has these rows, too:
 *
 * | sk                                | row |
 * |-----------------------------------|-----|
 * | `CHOSEN#{deviceId}`               | a device that the campaign was given |
 * | `PLAN#{phase}#{order}#{deviceId}` | the same in its phase, in the order of their turns; never changes |
 * | `OPEN#{deviceId}`                 | a device that is at work, written before its attempt is opened |
 * | `RETRY#{deviceId}`                | one that failed and will try again |
 * | `SKIPPED#{deviceId}`              | one that could not take part, and why |
 * | `PACE#{minute}`                   | how many offers were made in a minute of the clock |
 * | `CURVE`                           | confirmed and failed devices over time |
 * | `HISTORY#{at}#{rev}`              | what was decided, by whom, with the numbers that were known; never changes |
 *
 * A collection has a partition, `COLLECTION#{id}`: `COLLECTION` its settings, `RUN#{runId}` what it did for each cause at each dock,
 * `START#{startId}` lists of docks that it goes through, `TURNS` the docks that are at work. Runs that wait for their turn are in
 * the index `due` under a kind of their collection's own, where nobody looks at them before it is theirs.
 *
 * Upgrades that ended are counted in `UPGRADEENDS#{shard}`, sort key `{day}#{fleet}`, for a chart.
 *
 * A package has a partition, `PACKAGE#{id}`: `PACKAGE` itself, `USE#CAMPAIGN#{id}` and
 * `USE#ATTEMPT#{deviceId}#{attemptId}` each campaign and attempt that may need it, until when.
 *
 * All webhooks are in one partition, `WEBHOOKS`: `WEBHOOK#{id}` each of them, `MADE` what changes when one is made. One has a
 * partition besides, `WEBHOOK#{id}#{making}`: `SECRET` what signs, `DELIVERY#{at}#{eventId}` what it was sent or waits.
 *
 * Indexes hold only what moves slowly, because each change of an indexed attribute costs a further write unit:
 * - `byKind` lists a kind of record across docks, devices, campaigns and packages: `kind` is one of `KindQuery` in `pages.ts`,
 *   `kindKey` its order. One partition a kind: it takes 1,000 changes a second, which no fleet's starts and ends come near.
 * - `due` holds what the sweep has to look at, by time; an item leaves it when nothing is left to do. An upload that has ended is in
 *   it once more, under another kind, while another upload has to follow it. Deliveries that wait are in it by webhook.
 * - `byCampaign` has each device of a campaign once, by the attempt with which it counts there: `countedIn` is the campaign and one
 *   of sixteen shards. An index that is throttled throttles the writes of the table, and a partition takes 1,000 write units a
 *   second (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html).
 */
export const table = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Epoch seconds, as DynamoDB's time to live wants it. */
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

/** Days that each kind of record is kept; archives are the bucket's matter. */
export type Retention = { commands: number; uploads: number; upgrades: number; rejected: number }
export const defaultRetention: Retention = { commands: 30, uploads: 400, upgrades: 400, rejected: 30 }
