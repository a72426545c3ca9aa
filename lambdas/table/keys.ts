import { createHash } from 'node:crypto'
import type { Module } from '../../protocols/dji-remote-log/facts.ts'

/** Keys of the table's items. `schema.ts` describes the items and the reasons for their keys. */

type Key = { pk: string; sk: string }

const inDock = (dockSn: string, sk: string): Key => ({ pk: `DOCK#${dockSn}`, sk })

export const dockKey = (dockSn: string): Key => inDock(dockSn, 'DOCK')
/** Tombstone of a dock that was removed. */
export const removedKey = (dockSn: string): Key => inDock(dockSn, 'REMOVED')
/** The account with which the dock logs in. */
export const ownerKey = (dockSn: string): Key => inDock(dockSn, 'ACCOUNT')
export const accountKey = (userName: string): Key => ({ pk: `DOCKACCOUNT#${userName}`, sk: 'ACCOUNT' })
export const logsKey = (dockSn: string, module: Module): Key => inDock(dockSn, `LOGS#${module}`)
export const foreignKey = (dockSn: string): Key => inDock(dockSn, 'FOREIGN')

/**
 * When a dock last answered with a listing. Separate from the dock's item, whose upload slot is contended.
 */
export const heardKey = (dockSn: string): Key => inDock(dockSn, 'HEARD')

/** The dock's newest debug session. */
export const debugKey = (dockSn: string): Key => inDock(dockSn, 'DEBUG')

export const alarmsPrefix = 'ALARM#'
/** An alarm of the dock or its aircraft; `id` is unique within the machine `sn`. */
export const alarmPrefix = (sn: string): string => `${alarmsPrefix}${sn}#`
export const alarmKey = (dockSn: string, sn: string, id: string): Key =>
  inDock(dockSn, `${alarmPrefix(sn)}${id}`)
/** A flight that has ended. */
export const flightPrefix = 'FLIGHT#'
export const flightKey = (dockSn: string, flight: string): Key => inDock(dockSn, `${flightPrefix}${flight}`)
/** How many flights of a dock ended in an hour of the clock, counted from 1970. */
export const flightsOfHourKey = (dockSn: string, hour: number): Key => inDock(dockSn, `FLIGHTS#${hour}`)

/** The presence of a dock, or the firmware of an aircraft. */
export const presenceKey = (sn: string): Key => inDock(sn, 'PRESENCE')

/** The newest topology that the dock reported: itself and its aircraft. */
export const topologyKey = (dockSn: string): Key => inDock(dockSn, 'TOPOLOGY')

/** The same key for all upper and lower case spellings of a serial number. */
export const spellingKey = (dockSn: string): Key => ({ pk: `SERIAL#${dockSn.toLowerCase()}`, sk: 'HEARD' })
/** The aircraft that a dock reported for the first time within the last day. */
export const newAircraftKey = (dockSn: string): Key => inDock(dockSn, 'NEWAIRCRAFT')
/** An aircraft: its newest dock, and the organization it belongs to. */
export const aircraftKey = (aircraftSn: string): Key => ({ pk: `AIRCRAFT#${aircraftSn}`, sk: 'AIRCRAFT' })

export const organizationKey = (id: string): Key => ({ pk: `ORG#${id}`, sk: 'ORG' })
export const bindingCodePrefix = 'CODE#'
export const bindingCodeKey = (organizationId: string, hash: string): Key => ({
  pk: organizationKey(organizationId).pk,
  sk: `${bindingCodePrefix}${hash}`,
})
export const commandKey = (dockSn: string, commandId: string): Key => inDock(dockSn, `COMMAND#${commandId}`)
export const listingKey = (dockSn: string, id: string): Key => inDock(dockSn, `LISTING#${id}`)

export const uploadKeys = {
  request: (dockSn: string, id: string): Key => inDock(dockSn, `UPLOAD#${id}#request`),
  state: (dockSn: string, id: string): Key => inDock(dockSn, `UPLOAD#${id}#state`),
  all: 'UPLOAD#',
}

export const historyPrefix = (uploadId: string, kind?: string): string =>
  `HISTORY#${uploadId}#${kind === undefined ? '' : `${kind}#`}`
export const historyKey = (dockSn: string, uploadId: string, kind: string, place: string): Key =>
  inDock(dockSn, `${historyPrefix(uploadId, kind)}${place}`)

export const storedObjectPrefix = (uploadId: string, module: Module): string =>
  `OBJECT#${uploadId}#${module}#`
export const storedObjectKey = (dockSn: string, uploadId: string, module: Module, order: string): Key =>
  inDock(dockSn, `${storedObjectPrefix(uploadId, module)}${order}`)

export const rejectedKey = (source: string, reason: string): Key => ({ pk: `REJECTED#${source}`, sk: reason })
export const idempotencyKey = (callerId: string, key: string): Key => ({
  // Hashed because the token issuer chooses the caller's name, at any length.
  pk: `IDEMPOTENCY#${createHash('sha256').update(callerId).digest('hex')}`,
  sk: key,
})

const inDevice = (deviceId: string, sk: string): Key => ({ pk: `DEVICE#${deviceId}`, sk })

export const deviceKey = (deviceId: string): Key => inDevice(deviceId, 'DEVICE')
/** When a device was last seen; separate from its hot item. */
export const seenKey = (deviceId: string): Key => inDevice(deviceId, 'SEEN')
/** What operators set for a device: labels, model, time zone; separate from its hot item. */
export const traitsKey = (deviceId: string): Key => inDevice(deviceId, 'TRAITS')
export const campaignKey = (id: string): Key => ({ pk: `CAMPAIGN#${id}`, sk: 'CAMPAIGN' })
const inCampaign = (campaignId: string, sk: string): Key => ({ pk: campaignKey(campaignId).pk, sk })
/** Rows of a campaign that drives its devices. */
export const rolloutKeys = {
  chosen: (campaignId: string, deviceId: string): Key => inCampaign(campaignId, `CHOSEN#${deviceId}`),
  planned: (campaignId: string, phase: number, order: string): Key =>
    inCampaign(campaignId, `PLAN#${String(phase).padStart(2, '0')}#${order}`),
  open: (campaignId: string, deviceId: string): Key => inCampaign(campaignId, `OPEN#${deviceId}`),
  retry: (campaignId: string, deviceId: string): Key => inCampaign(campaignId, `RETRY#${deviceId}`),
  skipped: (campaignId: string, deviceId: string): Key => inCampaign(campaignId, `SKIPPED#${deviceId}`),
  pace: (campaignId: string, minute: number): Key => inCampaign(campaignId, `PACE#${minute}`),
  curve: (campaignId: string): Key => inCampaign(campaignId, 'CURVE'),
  history: (campaignId: string, order: string): Key => inCampaign(campaignId, `HISTORY#${order}`),
} as const
export const memberKey = (campaignId: string, deviceId: string): Key =>
  inCampaign(campaignId, `DEVICE#${deviceId}`)

/**
 * How many partitions of the index `byCampaign` a campaign is spread over: each takes a thousand writes a
 * second. Each phase has partitions of its own, so that it can be counted alone; four are enough, because a
 * phase has at most a thousand devices at work at once.
 */
const shards = { campaign: 16, phase: 4 } as const
const shardName = (of: string, shard: number): string => `${of}#${String(shard).padStart(2, '0')}`
const shardNames = (of: string, howMany: number): string[] =>
  Array.from({ length: howMany }, (_, shard) => shardName(of, shard))
/** Unambiguous because campaign ids contain no dot. */
const phaseName = (campaignId: string, phase: number): string => `${campaignId}.${phase}`

export const shardsOfPhase = (campaignId: string, phase: number): string[] =>
  shardNames(phaseName(campaignId, phase), shards.phase)
/** `phases`: the number of the campaign's phases; undefined: it has none. */
export const shardsOfCampaign = (campaignId: string, phases: number | undefined): string[] =>
  phases === undefined
    ? shardNames(campaignId, shards.campaign)
    : Array.from({ length: phases }, (_, phase) => shardsOfPhase(campaignId, phase)).flat()

/** The partition of `byCampaign` in which a device of a campaign is counted. */
export const countedIn = (campaignId: string, deviceId: string, phase?: number): string => {
  const [byte = 0] = createHash('sha1').update(deviceId).digest()
  return phase === undefined
    ? shardName(campaignId, byte % shards.campaign)
    : shardName(phaseName(campaignId, phase), byte % shards.phase)
}

export const packageKey = (id: string): Key => ({ pk: `PACKAGE#${id}`, sk: 'PACKAGE' })
/** A campaign or an attempt that uses a package. */
export const packageUseKey = (id: string, user: PackageUser): Key => ({
  pk: packageKey(id).pk,
  sk:
    'campaignId' in user
      ? `USE#CAMPAIGN#${user.campaignId}`
      : `USE#ATTEMPT#${user.deviceId}#${user.attemptId}`,
})
export type PackageUser = { campaignId: string } | { deviceId: string; attemptId: string }

/** Counts of upgrades that ended, by day and fleet; sharded, because many of a large fleet end at once. */
export const upgradeEndsShards = 4
export const upgradeEndsKey = (shard: number, day: string, fleet: string): Key => ({
  pk: `UPGRADEENDS#${shard}`,
  sk: `${day}#${fleet}`,
})

export const attemptKey = (deviceId: string, id: string): Key => inDevice(deviceId, `ATTEMPT#${id}`)
export const reportPrefix = 'REPORT#'
/** `at`: epoch ms; `event`: the receipt, and the event's place in its message. */
export const reportKey = (deviceId: string, at: number, event: string): Key =>
  inDevice(deviceId, `${reportPrefix}${String(at).padStart(13, '0')}#${event}`)

const inCollection = (collectionId: string, sk: string): Key => ({ pk: `COLLECTION#${collectionId}`, sk })
export const collectionKeys = {
  settings: (id: string): Key => inCollection(id, 'COLLECTION'),
  /** The docks from which the collection is collecting. */
  turns: (id: string): Key => inCollection(id, 'TURNS'),
  /** A start of the collection at all of its docks, one after the other. */
  start: (id: string, startId: string): Key => inCollection(id, `START#${startId}`),
  run: (id: string, runId: string): Key => inCollection(id, `RUN#${runId}`),
  /** The run of a collection at a dock. In the dock's partition, so that a message of the dock finds it. */
  dock: (dockSn: string, id: string): Key => inDock(dockSn, `COLLECTION#${id}`),
  docks: 'COLLECTION#',
} as const
/** One partition for all webhooks: they are few and are always read together. */
export const webhooksPartition = 'WEBHOOKS'
export const webhookKey = (id: string): Key => ({ pk: webhooksPartition, sk: `WEBHOOK#${id}` })
/** Changes with each new webhook, so that two concurrent creations cannot exceed the limit. */
export const webhooksMadeKey: Key = { pk: webhooksPartition, sk: 'MADE' }
/**
 * `making` is new each time a webhook is created: one created again under the same id starts with nothing.
 */
const inWebhook = (id: string, making: string, sk: string): Key => ({ pk: `WEBHOOK#${id}#${making}`, sk })
export const webhookSecretKey = (id: string, making: string): Key => inWebhook(id, making, 'SECRET')
export const deliveryPrefix = 'DELIVERY#'
/** `at`: epoch ms. */
export const deliveryKey = (id: string, making: string, at: number, eventId: string): Key =>
  inWebhook(id, making, `${deliveryPrefix}${String(at).padStart(13, '0')}#${eventId}`)

/**
 * Partitions of the index `due`: uploads that the sweep has to check, and ended uploads with a follow-up due.
 */
export const dueKinds = { upload: 'upload', followUp: 'followUp' } as const
