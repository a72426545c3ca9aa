import type { Handlers } from '../http/on-http.ts'
import { accepted, type HttpReply, ok, problem, unknownDevice, unknownPackage } from '../http/reply.ts'
import type { UpgradePackage } from '../packages/package.ts'
import type { PackageStore } from '../packages/store.ts'
import { errorFields } from '../runtime/error-fields.ts'
import { log } from '../runtime/log.ts'
import type { NewId } from '../runtime/new-id.ts'
import type { Publish } from '../runtime/publish.ts'
import type { Table } from '../table/client.ts'
import { type Fleets, includes } from '../table/fleets.ts'
import { defaultFleet } from '../table/settings.ts'
import { closeAttempt, isOpen, openAttempt } from './attempts.ts'
import { type Device, isNameable } from './devices.ts'
import type { DockOnSite, Docks } from './docks/needs.ts'
import { answerVersion } from './docks/versions.ts'
import { knownAtOpening } from './facts.ts'
import { type Aim, aimAt, aimWithout, packageNotReady, type UpgradeRequest } from './given-package.ts'
import type { upgradeRoutes } from './routes.ts'
import { type Attempt, defaultProveSeconds, isOpenState, upgradeStatus } from './state.ts'
import type { upgradeStore } from './store.ts'
import type { traitStore } from './traits.ts'
import { askVersion } from './version-questions.ts'
import { attemptHref, attemptView } from './view.ts'

/** Opens and closes attempts. Opening is idempotent: the same request returns the attempt that is open. */

type Needs = {
  table: Table
  upgrades: Pick<ReturnType<typeof upgradeStore>, 'get' | 'review' | 'record' | 'keepReports'>
  docks: Docks
  /** Why a device of `fleet` may not have an attempt in a campaign; undefined: it may. */
  refusalOf: (request: InCampaign, fleets: Fleets, now: number) => Promise<HttpReply | undefined>
  packages: Pick<PackageStore, 'get' | 'use'>
  /** What operators recorded about a device: its model counts where a package is for some models only. */
  traits: Pick<ReturnType<typeof traitStore>, 'of'>
  publish: Publish
  now: () => number
  newId: NewId
}

/** A request for an attempt in a campaign, for a device of `fleet`. */
export type InCampaign = Aim & { campaignId: string; fleet: string }

type ManageRoute = 'openUpgradeAttempt' | 'closeUpgradeAttempt'

/** How long a device may be silent where the request sets no limit. */
const dayInSeconds = 86_400

/**
 * A device that reports at the very moment of opening makes us read it again; more often than this is a
 * fault.
 */
const maxTries = 5

export const manageUpgrades = (use: Needs): Handlers<typeof upgradeRoutes, ManageRoute> => ({
  openUpgradeAttempt: async ({ params: { deviceId }, body, fleets, caller }) => {
    const id = use.newId(use.now())
    for (let tries = 1; ; tries++) {
      const now = use.now()
      const device = await use.upgrades.get(deviceId)
      const given = await givenOf(use, deviceId, body.packageId, { fleets, now })
      const known = device?.isRemoved ? undefined : device
      const isElsewhere = device !== undefined && !includes(fleets, device.fleet)
      if (isElsewhere || !isNameable(known ?? given.dock, fleets)) return unknownDevice(deviceId)
      const fleet = device?.fleet ?? given.dock?.fleet ?? defaultFleet
      const { campaignId, replace = false } = body
      const aim = await aimOf(use, body, { deviceId, fleet, ...given }, fleets)
      if ('refusal' in aim) return aim.refusal
      const { package: of, targetVersion: target, packageId, machines } = aim
      const refusal =
        campaignId !== undefined && (await use.refusalOf({ ...aim, campaignId, fleet }, fleets, now))
      if (refusal) return refusal
      const attempt: Attempt = {
        id,
        package: of,
        target,
        packageId,
        machines,
        openedAt: now,
        timeoutSeconds: body.timeoutSeconds ?? dayInSeconds,
        proveSeconds: body.proveSeconds ?? defaultProveSeconds,
        campaignId,
        requestedBy: caller.name,
      }
      const isFree = replace || !device || !isOpen(device, now)
      const notGiven = isFree ? await give(use, deviceId, attempt) : undefined
      if (notGiven) return notGiven
      const opened = await openAttempt(use.table, deviceId, device, attempt, { replace, now, fleet })
      if (opened === 'opened' && given.dock) return showOfDock(use, deviceId, attempt, given.dock)
      if (opened === 'opened')
        return show(use, device ?? { deviceId, parentId: undefined, registers: {} }, attempt)
      if (opened === 'same' && device?.attempt) return ok(attemptView(device, device.attempt, now))
      if (opened === 'another') return anotherOpen(deviceId, device?.attempt?.id)
      if (opened === 'alreadyIn') return alreadyIn()
      if (tries === maxTries)
        return problem('try-again', 'The device is reporting too often. Try again in a moment.')
    }
  },

  closeUpgradeAttempt: async ({ params: { deviceId, id }, fleets, caller }) => {
    const device = await use.upgrades.get(deviceId)
    if (!device || !includes(fleets, device.fleet)) return unknownDevice(deviceId)
    if (device.attempt?.id !== id) return problem('not-found', `The device has no open attempt ${id}.`)
    const { state } = upgradeStatus(device.attempt, device.registers, use.now())
    if (state !== 'closed' && !isOpen(device, use.now()))
      return problem('attempt-ended', 'An attempt that has ended cannot be closed.')
    // Closing again changes nothing, but completes the work if an earlier call was interrupted.
    if (!(await closeAttempt(use.table, deviceId, id, caller.name, use.now())))
      return problem('not-found', `The device has no open attempt ${id}.`)
    const closed = (await use.upgrades.review(deviceId)) ?? device
    return ok(attemptView(closed, closed.attempt ?? device.attempt, use.now()))
  },
})

/** `dock`: for a package for docks, the dock that speaks for the machine, if it is in the caller's fleets. */
type Given = { known?: UpgradePackage | undefined; dock?: DockOnSite | undefined }

const givenOf = async (
  use: Needs,
  deviceId: string,
  packageId: string | undefined,
  { fleets, now }: { fleets: Fleets; now: number },
): Promise<Given> => {
  const known = packageId === undefined ? undefined : await use.packages.get(packageId)
  if (known?.machines !== 'docks') return { known }
  const dock = await use.docks.withMachine(deviceId, now)
  return { known, dock: dock && includes(fleets, dock.fleet) ? dock : undefined }
}

const aimOf = async (
  use: Needs,
  request: UpgradeRequest,
  { deviceId, fleet, known, dock }: Given & { deviceId: string; fleet: string },
  fleets: Fleets,
): Promise<Aim | { refusal: HttpReply }> => {
  const { packageId } = request
  if (packageId === undefined) return aimWithout(request)
  const [said] = known?.models ? await use.traits.of([deviceId], true) : []
  const model = dock?.machines.find(({ sn }) => sn === deviceId)?.model ?? said?.model
  return aimAt({ ...request, packageId }, known, { fleet, model, isOfDock: dock !== undefined }, fleets)
}

/** How long after its timeout an attempt may still need its package: a late report may reopen it. */
const neededLongerMs = 86_400_000

/** Protects the package from deletion while the attempt may need it; undefined: done. */
const give = async (
  { packages }: Needs,
  deviceId: string,
  { id: attemptId, packageId, openedAt, timeoutSeconds }: Attempt,
): Promise<HttpReply | undefined> => {
  if (packageId === undefined) return undefined
  const until = openedAt + timeoutSeconds * 1000 + neededLongerMs
  const outcome = await packages.use(packageId, { deviceId, attemptId }, openedAt, until)
  if (outcome === 'used') return undefined
  // It was deleted, or found to be altered, since it was read.
  return outcome === 'notProved' ? packageNotReady({ id: packageId }) : unknownPackage(packageId)
}

/**
 * Asks the device for its version, since it may already run the target. If the question cannot be sent, the
 * attempt stays open, and the sweep asks later.
 */
const show = async (
  use: Needs,
  { deviceId, parentId, registers }: Pick<Device, 'deviceId' | 'parentId' | 'registers'>,
  attempt: Attempt,
): Promise<HttpReply> => {
  const opened = { deviceId, registers: knownAtOpening(registers, attempt) }
  if (isOpenState(upgradeStatus(attempt, opened.registers, use.now())))
    await askVersion(use, { deviceId, parentId }).catch((error: unknown) =>
      log('versionNotAsked', { deviceId, attemptId: attempt.id, ...errorFields(error) }),
    )
  return accepted(attemptView(opened, attempt, use.now()), attemptHref(deviceId, attempt.id))
}

/** A dock or its aircraft is not asked: its last report tells what it runs. */
const showOfDock = async (
  use: Needs,
  deviceId: string,
  attempt: Attempt,
  dock: DockOnSite,
): Promise<HttpReply> => {
  const opened = await use.upgrades.get(deviceId)
  if (opened?.attempt?.id === attempt.id) await answerVersion(use, opened, dock)
  const { registers = {} } = (await use.upgrades.get(deviceId)) ?? {}
  return accepted(attemptView({ deviceId, registers }, attempt, use.now()), attemptHref(deviceId, attempt.id))
}

const alreadyIn = (): HttpReply =>
  problem(
    'already-in-campaign',
    'A device counts in a campaign once. Open the attempt without a campaign, or in another.',
  )

const anotherOpen = (deviceId: string, id: string | undefined): HttpReply =>
  problem(
    'another-attempt-open',
    'A device upgrades one thing at a time. Wait for the attempt at `href`, close it, or set `replace`.',
    id ? { href: attemptHref(deviceId, id) } : {},
  )
