import * as z from 'zod/mini'
import { dockSnPattern } from '../../protocols/dji-remote-log/topics.ts'
import { versionPattern } from '../../protocols/huawei-ota/facts.ts'
import { deviceIdPattern } from '../../protocols/huawei-ota/topics.ts'
import { invisible } from '../../protocols/invisible.ts'

/** The JSON that goes over HTTP: request bodies are strict, unknown fields are errors. Times are ISO 8601 UTC. */

export const Sn = z
  .string()
  .check(z.regex(dockSnPattern, 'must be a serial number: 1 to 32 letters or digits'))
export const Fleet = z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ -'))
export const Id = z
  .string()
  .check(z.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'must be an id'))
export const ModuleName = z.enum(['aircraft', 'dock'])
const Time = z.iso.datetime()
/** Times as people give them, with any offset. */
export const GivenTime = z.iso.datetime({ offset: true, error: 'must be a time like 2026-11-21T10:00:00Z' })
/** What a terminal, a log or the database would choke on is no text, nor what makes it read as another than it is. */
const printable = z.regex(
  new RegExp(`^[^${invisible}]*$`, 'u'),
  'must not hold control or invisible characters',
)
const Text = z.string().check(z.maxLength(500), printable)
const Name = z.string().check(z.minLength(1), z.maxLength(100), printable)

export const DockInput = z.strictObject({
  name: z.optional(Name),
  aircraftSn: z.optional(Sn),
  fleet: z.optional(Fleet),
})

/** `heardAs`, of one dock alone: a dock that nobody registered spoke under this serial number in other capitals. */
export const Dock = z.object({
  dockSn: z.string(),
  name: z.optional(z.string()),
  aircraftSn: z.optional(z.string()),
  fleet: z.string(),
  createdAt: Time,
  activeUpload: z.optional(
    z.object({ id: z.string(), state: z.string(), percent: z.number(), href: z.string() }),
  ),
  lastHeardAt: z.optional(Time),
  foreignExport: z.optional(z.object({ objectKey: z.string(), seenAt: Time })),
  heardAs: z.optional(z.object({ dockSn: z.string(), seenAt: Time })),
})

const Failure = z.object({
  code: z.union([z.number(), z.string()]),
  reason: z.string(),
  advice: z.string(),
  retryable: z.boolean(),
})

const Log = z.object({
  bootIndex: z.number(),
  startTime: z.optional(Time),
  endTime: z.optional(Time),
  sizeBytes: z.number(),
})

export const ListingInput = z.strictObject({
  modules: z.optional(z.array(ModuleName).check(z.minLength(1), z.maxLength(2))),
})

export const Listing = z.object({
  id: z.string(),
  dockSn: z.string(),
  state: z.enum(['requested', 'received', 'failed', 'timedOut']),
  createdAt: Time,
  deadlineAt: Time,
  receivedAt: z.optional(Time),
  requestedBy: z.string(),
  modules: z.array(
    z.object({
      module: ModuleName,
      deviceSn: z.optional(z.string()),
      failure: z.optional(Failure),
      logs: z.array(Log),
    }),
  ),
  failure: z.optional(Failure),
})

export const Logs = z.object({
  modules: z.array(
    z.object({
      module: ModuleName,
      deviceSn: z.optional(z.string()),
      listedAt: Time,
      listingId: z.string(),
      logs: z.array(Log),
    }),
  ),
})

/** Logs of a module in one upload, at most: the command that names them has to fit into an MQTT message. */
export const maxBootIndexes = 1000
const BootIndex = z.int().check(z.nonnegative())
const ByBoot = z.strictObject({
  module: ModuleName,
  bootIndexes: z.array(BootIndex).check(z.minLength(1), z.maxLength(maxBootIndexes)),
})
const ByTime = z.strictObject({ module: ModuleName, from: GivenTime, to: GivenTime })

/** Retries that a request may ask for. */
const maxRetries = 3

export const UploadInput = z.strictObject({
  selections: z.array(z.union([ByBoot, ByTime])).check(z.minLength(1), z.maxLength(2)),
  finishBy: z.optional(GivenTime),
  retries: z.optional(z.int().check(z.gte(0), z.lte(maxRetries))),
  note: z.optional(Text),
})

export const RetryInput = z.strictObject({ finishBy: z.optional(GivenTime), note: z.optional(Text) })

export const CancelInput = z.strictObject({
  modules: z.optional(z.array(ModuleName).check(z.minLength(1), z.maxLength(2))),
})

export const uploadStates = [
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
] as const
export const UploadStateName = z.enum(uploadStates)

const Archive = z.object({
  module: ModuleName,
  objectKey: z.string(),
  bootIndexes: z.array(z.number()),
  state: z.enum(uploadStates),
  step: z.optional(z.string()),
  percent: z.number(),
  sizeBytes: z.optional(z.number()),
  fingerprint: z.optional(z.string()),
  uploadRate: z.optional(z.number()),
  bytesPerSecond: z.optional(z.number()),
  finishedAt: z.optional(Time),
  verification: z.optional(z.enum(['verified', 'absent', 'sizeDiffers', 'checksumDiffers'])),
  /** When something was last put in its place; what is downloaded is still what was there before. */
  overwrittenAt: z.optional(Time),
  /** Its storage keeps no versions: what is downloaded is whatever lies under the key. */
  unpinned: z.optional(z.boolean()),
  deletedAt: z.optional(Time),
  deletedBy: z.optional(z.string()),
  failure: z.optional(Failure),
})

/** Why an upload follows another: what did not arrive again, that in smaller uploads, or the next part of what was asked for. */
const FollowUp = z.enum(['retry', 'half', 'part'])

/** Who did what to an upload. */
export const HistoryEntry = z.object({ at: Time, by: z.string(), action: z.string() })

/** `history`: of each kind of action the newest, of downloads ten. `moreHistory`: there are others, which the history's own pages have. */
export const Upload = z.object({
  id: z.string(),
  dockSn: z.string(),
  fleet: z.string(),
  state: UploadStateName,
  createdAt: Time,
  updatedAt: Time,
  deadlineAt: Time,
  finishBy: z.optional(Time),
  stalledSince: z.optional(Time),
  cancelRequestedAt: z.optional(Time),
  cancelFailure: z.optional(Failure),
  requestedBy: z.string(),
  note: z.optional(z.string()),
  archives: z.array(Archive),
  failure: z.optional(Failure),
  estimatedSeconds: z.optional(z.number()),
  attempt: z.number(),
  retryOf: z.optional(z.string()),
  startedAs: z.optional(FollowUp),
  retriedBy: z.optional(z.string()),
  latestTry: z.optional(z.string()),
  nextTry: z.optional(z.object({ at: Time, kind: FollowUp })),
  retriesLeft: z.optional(z.number()),
  partsLeft: z.optional(z.number()),
  history: z.optional(z.array(HistoryEntry)),
  moreHistory: z.optional(z.boolean()),
})

export const DeviceId = z.string().check(z.regex(deviceIdPattern, 'must be 1 to 128 of A-Z a-z 0-9 _ -'))
/** As devices report it: whatever they send is found as they sent it. */
export const ReportedVersion = z
  .string()
  .check(z.regex(versionPattern, 'must be a version of at most 256 characters, without blanks around it'))
/** As operators give it: one that reads like another would never be reached. */
export const VersionText = z
  .string()
  .check(
    z.regex(
      new RegExp(`^(?!\\s)[^${invisible}\\p{Variation_Selector}]{1,256}(?<!\\s)$`, 'u'),
      'must be a version of at most 256 visible characters, without blanks around it',
    ),
  )
export const upgradeStates = [
  ...(['pending', 'upgrading', 'succeeded', 'failed', 'timedOut', 'rolledBack', 'closed'] as const),
] as const
export const UpgradeStateName = z.enum(upgradeStates)
export const PackageName = z.enum(['firmware', 'software'])

/** A minute to 30 days of silence. */
export const TimeoutSeconds = z.int().check(z.gte(60), z.lte(2_592_000))

/** A minute to 7 days in which nothing may contradict a claim. */
export const ProveSeconds = z.int().check(z.gte(60), z.lte(604_800))

export const DeviceInput = z.strictObject({ parentId: z.optional(DeviceId), fleet: z.optional(Fleet) })

export const RegisteredDevice = z.object({
  deviceId: z.string(),
  parentId: z.optional(z.string()),
  fleet: z.string(),
  registeredAt: z.optional(Time),
})

export const CampaignId = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ -'))

export const AttemptInput = z.strictObject({
  package: PackageName,
  targetVersion: VersionText,
  timeoutSeconds: z.optional(TimeoutSeconds),
  proveSeconds: z.optional(ProveSeconds),
  campaignId: z.optional(CampaignId),
  replace: z.optional(z.boolean()),
})

export const UpgradeAttempt = z.object({
  id: z.string(),
  deviceId: z.string(),
  package: PackageName,
  targetVersion: z.string(),
  state: UpgradeStateName,
  evidence: z.optional(z.enum(['claimed', 'matched', 'confirmed'])),
  alreadyRunning: z.optional(z.boolean()),
  openedAt: Time,
  fromVersion: z.optional(z.string()),
  lastReportAt: z.optional(Time),
  silentAt: z.optional(Time),
  provesAt: z.optional(Time),
  timeoutSeconds: z.number(),
  proveSeconds: z.number(),
  campaignId: z.optional(z.string()),
  requestedBy: z.string(),
  closedBy: z.optional(z.string()),
  percent: z.optional(z.number()),
  reportedVersion: z.optional(z.string()),
  description: z.optional(z.string()),
  failure: z.optional(Failure),
})

export const Upgrade = z.object({
  deviceId: z.string(),
  fleet: z.string(),
  parentId: z.optional(z.string()),
  state: z.optional(UpgradeStateName),
  evidence: z.optional(z.enum(['claimed', 'matched', 'confirmed'])),
  firmware: z.optional(z.object({ version: z.string(), reportedAt: Time })),
  software: z.optional(z.object({ version: z.string(), reportedAt: Time })),
  lastReportAt: z.optional(Time),
  percent: z.optional(z.number()),
  reportedVersion: z.optional(z.string()),
  failure: z.optional(Failure),
  attempt: z.optional(UpgradeAttempt),
})

/** A campaign is stopped when at least `failedPercent` of the devices that finished have failed, once so many have. */
const AbortThreshold = z.strictObject({
  failedPercent: z.number().check(z.gt(0), z.lte(100)),
  minimumFinished: z.int().check(z.gte(1), z.lte(1_000_000)),
})

export const CampaignInput = z.strictObject({
  name: Name,
  package: PackageName,
  targetVersion: VersionText,
  timeoutSeconds: z.optional(TimeoutSeconds),
  proveSeconds: z.optional(ProveSeconds),
  fleet: z.optional(Fleet),
  abort: z.optional(AbortThreshold),
})

const campaignSettings = {
  id: z.string(),
  name: z.string(),
  package: PackageName,
  targetVersion: z.string(),
  timeoutSeconds: z.number(),
  proveSeconds: z.number(),
  fleet: z.optional(z.string()),
  abort: z.optional(AbortThreshold),
  createdAt: Time,
  requestedBy: z.string(),
  aborted: z.optional(
    z.object({
      at: Time,
      by: z.string(),
      reason: z.enum(['operator', 'threshold']),
      finished: z.optional(z.number()),
      failed: z.optional(z.number()),
    }),
  ),
}

export const CampaignSummary = z.object(campaignSettings)

/**
 * Each device counts once, by its newest attempt in the campaign. `evidence.proving`: devices in `upgrading` that claim the target;
 * `matched` and `confirmed`: how successes are known. `versions`: the most frequent hundred; devices that report any other are
 * counted in `otherVersions`. `countedAt`: when the devices were counted, absent where they were for this answer.
 */
export const Campaign = z.object({
  ...campaignSettings,
  devices: z.number(),
  states: z.object({
    pending: z.number(),
    upgrading: z.number(),
    succeeded: z.number(),
    failed: z.number(),
    timedOut: z.number(),
    rolledBack: z.number(),
    closed: z.number(),
  }),
  evidence: z.object({ proving: z.number(), matched: z.number(), confirmed: z.number() }),
  versions: z.array(z.object({ version: z.string(), devices: z.number() })),
  otherVersions: z.number(),
  failures: z.array(z.object({ reason: z.string(), devices: z.number() })),
  countedAt: z.optional(Time),
})

export const CampaignDevicesInput = z.strictObject({
  deviceIds: z.array(DeviceId).check(z.minLength(1), z.maxLength(500)),
  retry: z.optional(z.boolean()),
})

export const CampaignDeviceResults = z.object({
  results: z.array(
    z.object({
      deviceId: z.string(),
      outcome: z.enum([
        ...(['opened', 'retried', 'alreadyIn', 'succeeded', 'anotherOpen'] as const),
        ...(['notPermitted', 'aborted', 'notDone'] as const),
      ]),
      attemptId: z.optional(z.string()),
    }),
  ),
})

export const Report = z.object({
  receivedAt: Time,
  kind: z.enum(['upgradeReport', 'versionReport']),
  claimedTime: z.optional(z.string()),
  resultCode: z.optional(z.number()),
  percent: z.optional(z.number()),
  version: z.optional(z.string()),
  firmware: z.optional(z.string()),
  software: z.optional(z.string()),
  description: z.optional(z.string()),
  repeats: z.number(),
})

export const DeviceEvent = z.strictObject({
  deviceId: DeviceId,
  receivedAt: z.optional(GivenTime),
  body: z.unknown(),
})

/** Anything may be an entry: one that is none is refused alone, in its result. */
export const DeviceEvents = z
  .array(z.union([DeviceEvent, z.unknown()]))
  .check(z.minLength(1), z.maxLength(100))

/** `notice`: the entry's `receivedAt` is more than five minutes behind our clock. */
export const DeviceEventResults = z.object({
  results: z.array(
    z.object({
      outcome: z.enum(['accepted', 'rejected', 'failed']),
      notice: z.optional(z.enum(['clockBehind'])),
      rejections: z.optional(z.array(z.object({ reason: z.string(), path: z.string() }))),
    }),
  ),
})

export const LentCredentials = z.object({
  storage: z.object({ provider: z.string(), bucket: z.string(), region: z.string(), endpoint: z.string() }),
  credentials: z.object({
    accessKeyId: z.string(),
    secretAccessKey: z.string(),
    sessionToken: z.string(),
    expiresAt: Time,
  }),
  objectKeys: z.array(z.string()),
})

/** `cause` is a name that stays. Steps are done in order, and the first that fails ends the check. */
export const StorageCheck = z.object({
  ok: z.boolean(),
  steps: z.array(
    z.object({
      step: z.string(),
      outcome: z.enum(['passed', 'failed', 'skipped']),
      cause: z.optional(z.string()),
      advice: z.optional(z.string()),
      detail: z.optional(z.string()),
    }),
  ),
})

export const Download = z.object({ url: z.string(), expiresAt: Time })

export const RejectedMessage = z.object({
  source: z.string(),
  reason: z.string(),
  path: z.string(),
  count: z.number(),
  firstAt: Time,
  lastAt: Time,
  sample: z.string(),
})

export const page = <Item extends z.core.$ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.optional(z.string()) })

export const PageQuery = {
  limit: z.optional(
    z.pipe(
      z.string().check(z.regex(/^(?:[1-9]\d?|1\d\d|200)$/, 'must be a number from 1 to 200')),
      z.transform(Number),
    ),
  ),
  cursor: z.optional(z.string().check(z.maxLength(2000))),
}

/**
 * RFC 9457, with the request's id in our logs (`urn:uuid:…`), the list of input errors, and the address of the
 * record that stands in the way. Of an upload that would take too long: how long, how long it may take, and the
 * first of its logs, which would fit.
 */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.optional(z.string()),
  instance: z.string(),
  errors: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
  href: z.optional(z.string()),
  estimatedSeconds: z.optional(z.number()),
  limitSeconds: z.optional(z.number()),
  selections: z.optional(z.array(z.object({ module: ModuleName, bootIndexes: z.array(z.number()) }))),
})

/** Records as operators see them. Pure. */

export type View<Shape extends z.core.$ZodType> = z.input<Shape>
