import * as z from 'zod/mini'
import { versionPattern } from '../../protocols/huawei-ota/facts.ts'
import { deviceIdPattern } from '../../protocols/huawei-ota/topics.ts'
import {
  Count,
  changed,
  Failure,
  Fleet,
  GivenTime,
  Name,
  PackageName,
  Percent,
  ResultCode,
  Time,
  VersionText,
  visibleText,
} from '../http/shapes.ts'
import { PackageId } from '../packages/shapes.ts'
import { isZone } from '../runtime/zone.ts'
import { drivenWaits } from './driving.ts'
import { upgradeStates } from './upgrade-states.ts'

/** Devices and their upgrades, as JSON over HTTP. */

export const DeviceId = z.string().check(z.regex(deviceIdPattern, 'must be 1 to 128 of A-Z a-z 0-9 _ -'))

/** As devices report it: whatever they send is found as they sent it. */
export const ReportedVersion = z
  .string()
  .check(z.regex(versionPattern, 'must be a version of at most 256 characters, without blanks around it'))

export const UpgradeStateName = z.enum(upgradeStates)

export { PackageName, VersionText }

const givenOrNamed = (name: 'package' | 'targetVersion') =>
  z.refine<{ packageId?: unknown; package?: unknown; targetVersion?: unknown }>(
    (input) => input.packageId !== undefined || input[name] !== undefined,
    { path: [name], error: 'must be given, or a `packageId`' },
  )

/** A minute to 30 days of silence. */
export const TimeoutSeconds = z.int().check(z.gte(60), z.lte(2_592_000))

/** A minute to 7 days in which nothing may contradict a claim. */
export const ProveSeconds = z.int().check(z.gte(60), z.lte(604_800))

/**
 * What operators call a device by, to choose it: up to 16 labels, each a name and a value. Names are of few
 * characters, so that they can stand in an address.
 */
export const Labels = z
  .record(
    z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be named with 1 to 64 of A-Z a-z 0-9 _ . -')),
    visibleText(64, 'must be 1 to 64 visible characters, without blanks around them'),
  )
  .check(z.refine((labels) => Object.keys(labels).length <= 16, 'must be 16 labels at most'))

/** A zone's name in https://www.iana.org/time-zones: it knows when clocks are set. */
export const TimeZone = z
  .string()
  .check(z.refine((name) => isZone(name), 'must be a time zone like Europe/Berlin'))

/** What operators say of a device, to choose it by. Without a `timeZone` it counts as in UTC. */
const traits = {
  model: z.optional(Name),
  labels: z.optional(Labels),
  timeZone: z.optional(TimeZone),
}

/** What a device is told by others. It replaces all that was said before, but for the fleet. */
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
 * With `packageId` the device is offered that package, and what else is given of it must agree; without,
 * another platform upgrades it, and `package` and `targetVersion` say to what.
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
  /** Offers made so far, each with a link of its own, and when the newest was. */
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

/** `lastSeenAt`: by whatever it said, to ten minutes. `sdk`: what its SDK calls itself. */
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
  claimedTime: z.optional(z.string()),
  resultCode: z.optional(ResultCode),
  percent: z.optional(Percent),
  version: z.optional(z.string()),
  firmware: z.optional(z.string()),
  software: z.optional(z.string()),
  description: z.optional(z.string()),
  repeats: Count,
})

/** A hundred years: some devices begin at 1970. */
const mostOffset = 3_155_760_000

/**
 * `clockOffsetSeconds`: what is to be added to `receivedAt`, a forwarder's time, to make it ours; positive
 * where its clock is behind, as NTP has it (RFC 5905, section 3).
 */
export const DeviceEvent = z
  .strictObject({
    deviceId: DeviceId,
    receivedAt: z.optional(GivenTime),
    clockOffsetSeconds: z.optional(z.int().check(z.gte(-mostOffset), z.lte(mostOffset))),
    body: z.unknown(),
  })
  .check(
    z.refine(
      ({ receivedAt, clockOffsetSeconds }) => receivedAt !== undefined || clockOffsetSeconds === undefined,
      { path: ['clockOffsetSeconds'], error: 'must be beside a receivedAt' },
    ),
  )

/** Anything may be an entry: one that is none is refused alone, in its result. */
export const DeviceEvents = z
  .array(z.union([DeviceEvent, z.unknown()]))
  .check(z.minLength(1), z.maxLength(100))

/** `notice`: the entry was received more than five minutes ago, by the time that it gives. */
export const DeviceEventResults = z.object({
  results: z.array(
    z.object({
      outcome: z.enum(['accepted', 'rejected', 'failed']),
      notice: z.optional(z.enum(['clockBehind'])),
      rejections: z.optional(z.array(z.object({ reason: z.string(), path: z.string() }))),
    }),
  ),
})
