import * as z from 'zod/mini'
import { Amount, Count, changed, Fleet, Name, Text, Time } from '../http/shapes.ts'
import { PackageId } from '../packages/package-id.ts'
import { DeviceId, PackageName, ProveSeconds, TimeoutSeconds, VersionText } from '../upgrades/shapes.ts'
import { dryReasons, skipReasons } from './rollout/reasons.ts'
import { StopReason } from './rollout/rollout.ts'
import { Select } from './rollout/select.ts'
import { Pace, Phase, Phases, Retry, Window } from './rules/shapes.ts'
import { campaignEvents, campaignStates, phaseStates } from './rules/transitions.ts'

/** Campaigns, as JSON over HTTP. */

/**
 * A campaign is aborted when at least `failedPercent` of the finished devices have failed, once at least
 * `minimumFinished` have finished.
 */
const AbortThreshold = z.strictObject({
  failedPercent: z.number().check(z.gte(0.01), z.lte(100)),
  minimumFinished: z.int().check(z.gte(1), z.lte(1_000_000)),
})

const Settings = z.strictObject({
  name: Name,
  package: z.optional(PackageName),
  targetVersion: z.optional(VersionText),
  timeoutSeconds: z.optional(TimeoutSeconds),
  proveSeconds: z.optional(ProveSeconds),
  fleet: z.optional(Fleet),
  abort: z.optional(AbortThreshold),
  packageId: z.optional(PackageId),
  phases: z.optional(Phases),
  window: z.optional(Window),
  pace: z.optional(Pace),
  retry: z.optional(Retry),
  select: z.optional(Select),
})
export type Settings = z.infer<typeof Settings>

/** Contradictions in the settings of a campaign. */
export const faultsOf = (settings: Settings): { path: string; message: string }[] => {
  const { packageId, package: of, targetVersion, phases, window, pace, retry, select } = settings
  if (packageId !== undefined) return []
  const missing = Object.entries({ package: of, targetVersion }).filter(([, given]) => given === undefined)
  const tooMuch = Object.entries({ phases, window, pace, retry, select }).filter(([, given]) => given)
  return [
    ...missing.map(([path]) => ({ path, message: 'is missing, and so is a packageId' })),
    ...tooMuch.map(([path]) => ({
      path,
      message: 'needs a packageId: without one the campaign only watches',
    })),
  ]
}

/**
 * With a `packageId` the campaign drives its devices, phase by phase, to the version of that package.
 * Without, it watches what another platform does, and names package and version itself.
 */
export const CampaignInput = Settings.check(({ value, issues }) => {
  for (const { path, message } of faultsOf(value))
    issues.push({ code: 'custom', input: value, path: [path], message })
})

/** A missing field stays as it is, and null removes it; the result has to be valid for PUT. */
export const CampaignChange = z.strictObject({
  name: z.optional(Name),
  package: changed(PackageName),
  targetVersion: changed(VersionText),
  timeoutSeconds: changed(TimeoutSeconds),
  proveSeconds: changed(ProveSeconds),
  fleet: changed(Fleet),
  abort: changed(AbortThreshold),
  packageId: changed(PackageId),
  phases: changed(Phases),
  window: changed(Window),
  pace: changed(Pace),
  retry: changed(Retry),
  select: changed(Select),
})

/**
 * A phase and its progress. `size`: devices planned for it; `released`: those that got their turn; `atWork`:
 * those that have not ended.
 */
const PhaseView = z.object({
  ...Phase.shape,
  state: z.enum(phaseStates),
  size: Count,
  released: Count,
  atWork: Count,
  confirmed: Count,
  failed: Count,
  openedAt: z.optional(Time),
  endedAt: z.optional(Time),
})

/** What the campaign waits for; `nothing`: it has ended. */
const WaitingFor = z.enum(['start', 'preparation', 'devices', 'window', 'approval', 'resume', 'nothing'])

const drivingSettings = {
  packageId: z.optional(z.string()),
  state: z.optional(z.enum(campaignStates)),
  window: z.optional(Window),
  pace: z.optional(Pace),
  retry: z.optional(Retry),
  select: z.optional(Select),
  /** Devices that it was given, and how many of them are in no phase. */
  chosen: z.optional(Count),
  leftOut: z.optional(Count),
  /**
   * Why it stopped: too many devices failed, too few were confirmed in time, or none is left that could be
   * confirmed.
   */
  stopped: z.optional(StopReason),
}

const campaignSettings = {
  ...drivingSettings,
  id: z.string(),
  name: z.string(),
  package: PackageName,
  targetVersion: z.string(),
  timeoutSeconds: Count,
  proveSeconds: Count,
  fleet: z.optional(z.string()),
  abort: z.optional(AbortThreshold),
  createdAt: Time,
  requestedBy: z.string(),
  aborted: z.optional(
    z.object({
      at: Time,
      by: z.string(),
      reason: z.enum(['operator', 'threshold']),
      finished: z.optional(Count),
      failed: z.optional(Count),
    }),
  ),
  deleted: z.optional(z.object({ at: Time, by: z.string() })),
}

/**
 * `counted`: its devices as the sweep counted them, which lags by a minute or two; absent until the first
 * device is in. `at`: when these numbers first appeared; for many devices, when they were counted. `open`:
 * devices that have not ended.
 */
export const CampaignSummary = z.object({
  ...campaignSettings,
  counted: z.optional(
    z.object({ at: Time, devices: Count, open: Count, succeeded: Count, unsuccessful: Count }),
  ),
})

/**
 * Each device counts once, by its newest attempt in the campaign. `evidence.proving`: devices in `upgrading`
 * that claim the target; `matched` and `confirmed`: how well successes are known. `versions`: the hundred
 * most frequent; devices with any other version are in `otherVersions`. `countedAt`: when the devices were
 * counted; absent if for this answer.
 */
export const Campaign = z.object({
  ...campaignSettings,
  devices: Count,
  states: z.object({
    pending: Count,
    upgrading: Count,
    succeeded: Count,
    failed: Count,
    timedOut: Count,
    rolledBack: Count,
    closed: Count,
  }),
  evidence: z.object({ proving: Count, matched: Count, confirmed: Count }),
  versions: z.array(z.object({ version: z.string(), devices: Count })),
  otherVersions: Count,
  failures: z.array(z.object({ reason: z.string(), devices: Count })),
  countedAt: z.optional(Time),
  phases: z.optional(z.array(PhaseView)),
  waitingFor: z.optional(WaitingFor),
  windowOpensAt: z.optional(Time),
})

export const CampaignApproval = z.strictObject({
  phase: Name,
  comment: z.optional(Text.check(z.minLength(1))),
})

/** A decision about the campaign, who made it, and the numbers known at the time. */
export const CampaignHistoryEntry = z.object({
  at: Time,
  by: z.string(),
  event: z.enum(campaignEvents),
  phase: z.optional(z.string()),
  reason: z.optional(StopReason),
  numbers: z.optional(z.record(z.string(), Amount)),
  comment: z.optional(z.string()),
})

/** Confirmed and failed devices over time. */
export const CampaignCurve = z.object({
  points: z.array(z.object({ at: Time, confirmed: Count, failed: Count })),
})

/**
 * What a campaign would do if it were started now. `alreadyCurrent`: devices that take part, and run the
 * target already, so that nothing is sent to them. `complete`: all of its devices were read.
 */
export const CampaignDryRun = z.object({
  takePart: Count,
  phases: z.array(z.object({ name: z.string(), devices: Count })),
  leftOut: Count,
  alreadyCurrent: Count,
  versionUnknown: Count,
  others: z.array(z.object({ reason: z.enum(dryReasons), devices: Count, examples: z.array(z.string()) })),
  complete: z.boolean(),
})

/** Devices that could not take part. */
export const SkippedDevice = z.object({
  deviceId: z.string(),
  phase: z.string(),
  reason: z.enum(skipReasons),
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
        'opened',
        'retried',
        'alreadyIn',
        'succeeded',
        'anotherOpen',
        'chosen',
        'notPermitted',
        'aborted',
        'notDone',
      ]),
      attemptId: z.optional(z.string()),
      unknown: z.optional(z.literal(true)),
    }),
  ),
})
