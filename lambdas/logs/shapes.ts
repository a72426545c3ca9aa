import * as z from 'zod/mini'
import { Amount, Count, Failure, GivenTime, ModuleName, Percent, Text, Time } from '../http/shapes.ts'
import { Cause } from './cause.ts'
import { uploadStates } from './upload-states.ts'

/** HTTP schemas of listings, uploads and archives. */

export const Log = z.object({
  bootIndex: Count,
  startTime: z.optional(Time),
  endTime: z.optional(Time),
  sizeBytes: Count,
})

export const ListingInput = z.strictObject({
  modules: z.optional(z.array(ModuleName).check(z.minLength(1), z.maxLength(2))),
})

const ListingState = z.enum(['requested', 'received', 'failed', 'timedOut'])

export const Listing = z.object({
  id: z.string(),
  dockSn: z.string(),
  state: ListingState,
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
  newest: z.optional(
    z.object({
      id: z.string(),
      state: ListingState,
      createdAt: Time,
      deadlineAt: Time,
      failure: z.optional(Failure),
      leftOut: z.array(z.object({ module: ModuleName, failure: Failure })),
    }),
  ),
  bytesPerSecond: z.optional(Amount),
})

/** The most logs of a module in one upload: the command that names them must fit into an MQTT message. */
export const maxBootIndexes = 1000

const BootIndex = z.int().check(z.nonnegative())

const ByBoot = z.strictObject({
  module: ModuleName,
  bootIndexes: z.array(BootIndex).check(z.minLength(1), z.maxLength(maxBootIndexes)),
})

const ByTime = z.strictObject({ module: ModuleName, from: GivenTime, to: GivenTime })

/** The most automatic retries that a request may ask for. */
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
export const UploadStateName = z.enum(uploadStates)

export const Archive = z.object({
  module: ModuleName,
  objectKey: z.string(),
  bootIndexes: z.array(Count),
  state: z.enum(uploadStates),
  step: z.optional(z.string()),
  percent: Percent,
  sizeBytes: z.optional(Count),
  fingerprint: z.optional(z.string()),
  uploadRate: z.optional(Amount),
  bytesPerSecond: z.optional(Amount),
  finishedAt: z.optional(Time),
  verification: z.optional(z.enum(['verified', 'absent', 'sizeDiffers', 'checksumDiffers'])),
  /** When another object was last put under the key. Downloads still get the original. */
  overwrittenAt: z.optional(Time),
  /** The storage keeps no versions: downloads get whatever object is under the key. */
  unpinned: z.optional(z.boolean()),
  deletedAt: z.optional(Time),
  deletedBy: z.optional(z.string()),
  failure: z.optional(Failure),
})

/**
 * Why an upload follows another: to retry what did not arrive, to do that in smaller uploads, or to continue
 * with the next part of the request.
 */
const FollowUp = z.enum(['retry', 'half', 'part'])

/** Who did what to an upload. */
export const HistoryEntry = z.object({ at: Time, by: z.string(), action: z.string() })

/**
 * `history`: the newest entries of each kind of action, of downloads the newest ten. `moreHistory`: there are
 * more, in the history's own pages.
 */
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
  estimatedSeconds: z.optional(Amount),
  attempt: Count,
  retryOf: z.optional(z.string()),
  startedAs: z.optional(FollowUp),
  cause: z.optional(Cause),
  retriedBy: z.optional(z.string()),
  latestTry: z.optional(z.string()),
  nextTry: z.optional(z.object({ at: Time, kind: FollowUp })),
  retriesLeft: z.optional(Count),
  partsLeft: z.optional(Count),
  history: z.optional(z.array(HistoryEntry)),
  moreHistory: z.optional(z.boolean()),
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

export const Download = z.object({ url: z.string(), expiresAt: Time })
