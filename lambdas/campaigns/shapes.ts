import * as z from 'zod/mini'
import { Fleet, Name, Time } from '../http/shapes.ts'
import { DeviceId, PackageName, ProveSeconds, TimeoutSeconds, VersionText } from '../upgrades/shapes.ts'

/** Campaigns, as JSON over HTTP. */

/**
 * A campaign is stopped when at least `failedPercent` of the devices that finished have failed, once so many
 * have.
 */
const AbortThreshold = z.strictObject({
  failedPercent: z.number().check(z.gte(0.01), z.lte(100)),
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
 * Each device counts once, by its newest attempt in the campaign. `evidence.proving`: devices in `upgrading`
 * that claim the target; `matched` and `confirmed`: how successes are known. `versions`: the most frequent
 * hundred; devices that report any other are counted in `otherVersions`. `countedAt`: when the devices were
 * counted, absent where they were for this answer.
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
