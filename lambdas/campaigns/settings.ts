import { isDeepStrictEqual } from 'node:util'
import { type HttpReply, invalid, problem } from '../http/reply.ts'
import type { UpgradePackage } from '../packages/package.ts'
import { isVisible } from '../packages/store.ts'
import type { Fleets } from '../table/fleets.ts'
import { defaultProveSeconds } from '../upgrades/state.ts'
import type { CampaignSettings } from './put.ts'
import type { Phase } from './rules/shapes.ts'
import type { Settings } from './shapes.ts'
import type { Campaign } from './store.ts'

/** How long a device may be silent where the settings do not say. */
const dayInSeconds = 86_400

/** The phase of a campaign that names none: all devices, a hundred at a time, whatever their results. */
const onePhase: Phase = {
  name: 'all',
  take: { percent: 100 },
  together: 100,
  gate: { confirmedPercent: 0.01, failedAtMostPercent: 100, withinSeconds: 2_592_000 },
  next: 'auto',
}

type Packages = { get: (id: string) => Promise<UpgradePackage | undefined> }

/**
 * The settings of a campaign as they are stored, or the error reply. A caller who may not see the package
 * gets the same reply as for one that does not exist.
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
    // The input's schema demands both.
    if (of === undefined || targetVersion === undefined) return invalid([])
    return { ...common, package: of, target: targetVersion }
  }
  const given = await packages.get(packageId)
  if (!given || given.deleted || !isVisible(given, fleets))
    return problem(
      'package-not-ready',
      `No package ${packageId} is known in any of your fleets. GET /v1/packages lists them.`,
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
      ? [{ path: 'select.versions', message: 'has the package’s own version, which needs no upgrade' }]
      : []),
  ]
  if (errors.length > 0) return invalid(errors)
  const { phases = [onePhase], window, pace, retry, select } = input
  const driving = { packageId, phases, window, pace, retry, select }
  return { ...common, package: given.package, target: given.version, driving }
}

/** The settings of a campaign as input, with the defaults filled in. */
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
 * Ids of all callers who determined what the campaign does, once `callerId` gives it these settings: the
 * second person who approves must be none of them. A caller who changes nothing, or only the name, is not
 * added. Pure.
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

/** As they would be stored. */
const withoutUndefined = (settings: object): unknown => JSON.parse(JSON.stringify(settings))
