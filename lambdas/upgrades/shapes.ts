import * as z from 'zod/mini'
import { versionPattern } from '../../protocols/huawei-ota/facts.ts'
import {
  Count,
  changed,
  Failure,
  Fleet,
  Name,
  PackageName,
  Percent,
  ResultCode,
  Time,
  VersionText,
} from '../http/shapes.ts'
import { PackageId } from '../packages/package-id.ts'
import { DeviceId, Labels } from './device-shapes.ts'
import { drivenWaits } from './driving.ts'
import { reportMeanings } from './meaning.ts'
import { TimeZone } from './time-zone.ts'
import { upgradeStates } from './upgrade-states.ts'

/** Devices and their upgrades, as JSON over HTTP. */

/** A version as devices report it: any that a device may send can be searched for. */
export const ReportedVersion = z
  .string()
  .check(z.regex(versionPattern, 'must be a version of at most 256 characters, without blanks around it'))

export const UpgradeStateName = z.enum(upgradeStates)

export { DeviceEvent, DeviceEventResults, DeviceEvents } from './event-shapes.ts'
export { DeviceId, Labels, PackageName, TimeZone, VersionText }

const givenOrNamed = (name: 'package' | 'targetVersion') =>
  z.refine<{ packageId?: unknown; package?: unknown; targetVersion?: unknown }>(
    (input) => input.packageId !== undefined || input[name] !== undefined,
    { path: [name], error: 'must be given, or a `packageId`' },
  )

/** A minute to 30 days of silence. */
export const TimeoutSeconds = z.int().check(z.gte(60), z.lte(2_592_000))

/** A minute to 7 days during which nothing may contradict a claim. */
export const ProveSeconds = z.int().check(z.gte(60), z.lte(604_800))

/** What operators record about a device, to select it by. Without a `timeZone` it counts as in UTC. */
const traits = {
  model: z.optional(Name),
  labels: z.optional(Labels),
  timeZone: z.optional(TimeZone),
}

/** A device's registration. It replaces the one before, except for the fleet. */
export const DeviceInput = z.strictObject({
  parentId: z.optional(DeviceId),
  fleet: z.optional(Fleet),
  ...traits,
})

/** A device is always in a fleet. Labels are replaced as a whole. */
export const DeviceChange = z.strictObject({
  parentId: changed(DeviceId),
  fleet: z.optional(Fleet),
  model: changed(Name),
  labels: changed(Labels),
  timeZone: changed(TimeZone),
})

const shownTraits = {
  model: z.optional(z.string()),
  labels: z.optional(z.record(z.string(), z.string())),
  timeZone: z.optional(z.string()),
}

export const RegisteredDevice = z.object({
  deviceId: z.string(),
  parentId: z.optional(z.string()),
  fleet: z.string(),
  registeredAt: z.optional(Time),
  ...shownTraits,
})

export const CampaignId = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 of A-Z a-z 0-9 _ -'))

/**
 * With `packageId` the device is offered that package, and the other fields must agree with it. Without,
 * another platform upgrades it to `targetVersion` of `package`.
 */
export const AttemptInput = z
  .strictObject({
    packageId: z.optional(PackageId),
    package: z.optional(PackageName),
    targetVersion: z.optional(VersionText),
    timeoutSeconds: z.optional(TimeoutSeconds),
    proveSeconds: z.optional(ProveSeconds),
    campaignId: z.optional(CampaignId),
    replace: z.optional(z.boolean()),
  })
  .check(givenOrNamed('package'), givenOrNamed('targetVersion'))

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
  timeoutSeconds: Count,
  proveSeconds: Count,
  campaignId: z.optional(z.string()),
  packageId: z.optional(z.string()),
  /** Offers so far, each with a link of its own, and the time of the newest. */
  deliveries: z.optional(Count),
  offeredAt: z.optional(Time),
  waitingFor: z.optional(z.enum(drivenWaits)),
  requestedBy: z.string(),
  closedBy: z.optional(z.string()),
  percent: z.optional(Percent),
  reportedVersion: z.optional(z.string()),
  description: z.optional(z.string()),
  failure: z.optional(Failure),
})

/** `lastSeenAt`: when it last said anything, to ten minutes. `sdk`: its SDK, with the version. */
export const Upgrade = z.object({
  deviceId: z.string(),
  fleet: z.string(),
  parentId: z.optional(z.string()),
  ...shownTraits,
  state: z.optional(UpgradeStateName),
  evidence: z.optional(z.enum(['claimed', 'matched', 'confirmed'])),
  firmware: z.optional(z.object({ version: z.string(), reportedAt: Time })),
  software: z.optional(z.object({ version: z.string(), reportedAt: Time })),
  lastReportAt: z.optional(Time),
  lastSeenAt: z.optional(Time),
  sdk: z.optional(z.string()),
  percent: z.optional(Percent),
  reportedVersion: z.optional(z.string()),
  failure: z.optional(Failure),
  attempt: z.optional(UpgradeAttempt),
})

export const Report = z.object({
  receivedAt: Time,
  kind: z.enum(['upgradeReport', 'versionReport']),
  meaning: z.enum(reportMeanings),
  failure: z.optional(Failure),
  claimedTime: z.optional(z.string()),
  resultCode: z.optional(ResultCode),
  percent: z.optional(Percent),
  version: z.optional(z.string()),
  firmware: z.optional(z.string()),
  software: z.optional(z.string()),
  description: z.optional(z.string()),
  repeats: Count,
})
