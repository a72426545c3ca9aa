import { isDeepStrictEqual } from 'node:util'
import { type HttpReply, invalid, problem } from '../http/reply.ts'
import type { UpgradePackage } from '../packages/package.ts'
import { isVisible } from '../packages/store.ts'
import type { Fleets } from '../table/pages.ts'
import { defaultProveSeconds } from '../upgrades/state.ts'
import type { CampaignSettings } from './put.ts'
import type { Phase } from './rules/shapes.ts'
import type { Settings } from './shapes.ts'
import type { Campaign } from './store.ts'

/** How long a device may be silent, where the operator does not say. */
const dayInSeconds = 86_400

/** All devices, a hundred at a time, whatever becomes of them: what a campaign without phases is. */
const onePhase: Phase = {
  name: 'all',
  take: { percent: 100 },
  together: 100,
  gate: { confirmedPercent: 0.01, failedAtMostPercent: 100, withinSeconds: 2_592_000 },
  next: 'auto',
}

type Packages = { get: (id: string) => Promise<UpgradePackage | undefined> }

/**
 * The settings of a campaign as they are kept; or what does not fit together. Of a package that the caller may not
 * see it is told that there is none.
 */
export const settingsOf = async (
  input: Settings,
  packages: Packages,
  fleets: Fleets,
): Promise<CampaignSettings | HttpReply> => {
  const { name, fleet, abort, packageId, package: of, targetVersion } = input
  const { timeoutSeconds = dayInSeconds, proveSeconds = defaultProveSeconds } = input
  const common = { name, fleet, abort, timeoutSeconds, proveSeconds }
  if (packageId === undefined) {
    // The shape of the input has both.
    if (of === undefined || targetVersion === undefined) return invalid([])
    return { ...common, package: of, target: targetVersion }
  }
  const given = await packages.get(packageId)
  if (!given || given.deleted || !isVisible(given, fleets))
    return problem(
      'package-not-ready',
      `No package ${packageId} is known for a fleet of yours. GET /v1/packages lists them.`,
    )
  const errors = [
    ...(of === undefined || of === given.package
      ? []
      : [{ path: 'package', message: `is ${given.package} in the package` }]),
    ...(targetVersion === undefined || targetVersion === given.version
      ? []
      : [{ path: 'targetVersion', message: `is ${given.version} in the package` }]),
    ...(given.fleet === undefined || given.fleet === fleet
      ? []
      : [{ path: 'packageId', message: `is a package of the fleet ${given.fleet}` }]),
    ...(input.select?.versions?.includes(given.version)
      ? [{ path: 'select.versions', message: 'has the version of the package, which needs no upgrade' }]
      : []),
  ]
  if (errors.length > 0) return invalid(errors)
  const { phases = [onePhase], window, pace, retry, select } = input
  const driving = { packageId, phases, window, pace, retry, select }
  return { ...common, package: given.package, target: given.version, driving }
}

/** The settings of a campaign as they were given, with what stands for those that were not. */
export const givenOf = ({
  name,
  fleet,
  abort,
  timeoutSeconds,
  proveSeconds,
  ...more
}: Campaign): Settings => {
  const common = { name, fleet, abort, timeoutSeconds, proveSeconds }
  const { packageId, phases, window, pace, retry, select } = more
  return packageId === undefined
    ? { ...common, package: more.package, targetVersion: more.target }
    : { ...common, packageId, phases, window, pace, retry, select }
}

/**
 * Ids of all who gave the campaign what it does, when `callerId` gives it these settings: four eyes are more than the
 * last one's. Who changes nothing, or its name alone, is not among them. Pure.
 */
export const changersAfter = (
  found: Campaign | 'none',
  { name: _, driving, ...settings }: CampaignSettings,
  callerId: string,
): string[] => {
  if (found === 'none') return [callerId]
  const { fleet, abort, package: of, target, timeoutSeconds, proveSeconds } = found
  const { packageId, phases, window, pace, retry, select, changers = [] } = found
  const before = {
    fleet,
    abort,
    package: of,
    target,
    timeoutSeconds,
    proveSeconds,
    packageId,
    phases,
    window,
    pace,
    retry,
    select,
  }
  const isSame = isDeepStrictEqual(withoutUndefined(before), withoutUndefined({ ...settings, ...driving }))
  return isSame ? changers : [...new Set([...changers, callerId])]
}

/** As they would be kept. */
const withoutUndefined = (settings: object): unknown => JSON.parse(JSON.stringify(settings))
