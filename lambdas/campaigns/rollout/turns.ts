import type { UpgradePackage } from '../../packages/package.ts'
import { eachOf } from '../../runtime/each-of.ts'
import { errorFields } from '../../runtime/error-fields.ts'
import { log } from '../../runtime/log.ts'
import type { Table } from '../../table/client.ts'
import { attemptKey, deviceKey } from '../../table/keys.ts'
import { readAll } from '../../table/pages.ts'
import { defaultFleet } from '../../table/settings.ts'
import { openAttempt } from '../../upgrades/attempts.ts'
import { type Device, readDevice } from '../../upgrades/devices.ts'
import type { DockOnSite, Docks } from '../../upgrades/docks/needs.ts'
import { type Attempt, isOpenState, upgradeStatus } from '../../upgrades/state.ts'
import { traitStore } from '../../upgrades/traits.ts'
import { attemptIn } from '../attempt-in.ts'
import { retryAt } from '../rules/retry.ts'
import type { Campaign } from '../store.ts'
import type { SkipReason } from './reasons.ts'
import type { Open, RolloutRows } from './rows.ts'

/**
 * The turns of a campaign's devices: a turn begins with a row, then its attempt is opened; it ends when the
 * attempt has ended. After an interruption the next run continues from the row.
 */

export type TurnNeeds = {
  table: Table
  rows: RolloutRows
  campaign: Campaign
  upgradePackage: UpgradePackage | undefined
  docks: Docks
  ask: (device: Pick<Device, 'deviceId' | 'parentId'>) => Promise<void>
  now: () => number
}

/** Turns processed in parallel: most of the time each waits for the table. */
export const turnsAtOnce = 25

/** How often a device is read again that reports at the very moment of opening. */
const maxTries = 5

/**
 * The open turns after the run. `ongoing`: those that go on. `unoffered`: their devices that could be offered
 * the package, or a new link to it, but have not been, perhaps because the campaign held the offer back.
 */
type OpenTurns = { ongoing: Open[]; unoffered: Device[] }

/**
 * Continues, begins or ends each open turn. Idempotent. `isNew`: none has begun, so that no existing attempt
 * is looked for.
 */
export const advanceTurns = async (
  use: TurnNeeds,
  open: readonly Open[],
  { isNew = false } = {},
): Promise<OpenTurns> => {
  const devices = await readDevices(use.table, open)
  const ongoing: Open[] = []
  const unoffered: Device[] = []
  await eachOf(open, turnsAtOnce, async (turn) => {
    const device = devices.get(turn.deviceId)
    try {
      const isOpen = await (isNew ? beginTurn : advanceTurn)(use, turn, device)
      if (isOpen) ongoing.push(turn)
      if (isOpen && device && isUnoffered(device, turn, use.now())) unoffered.push(device)
    } catch (error) {
      // After an error the turn stays as it is, and keeps its place.
      ongoing.push(turn)
      log('turnNotAdvanced', {
        campaignId: use.campaign.id,
        deviceId: turn.deviceId,
        ...errorFields(error),
      })
    }
  })
  return { ongoing, unoffered }
}

const readDevices = async (table: Table, turns: readonly Open[]): Promise<Map<string, Device>> => {
  const items = await readAll(
    table,
    turns.map(({ deviceId }) => deviceKey(deviceId)),
    true,
  )
  return new Map(items.flatMap((item) => (item ? [readDevice(item)] : [])).map((one) => [one.deviceId, one]))
}

/** Resolves to whether the turn goes on. */
const advanceTurn = async (use: TurnNeeds, turn: Open, device: Device | undefined): Promise<boolean> => {
  const own = device?.attempt?.id === turn.attemptId ? device : await formerAttempt(use.table, turn)
  if (!own?.attempt) return isRunning(use.campaign) ? beginTurn(use, turn, device) : true
  const status = upgradeStatus(own.attempt, own.registers, use.now())
  if (isOpenState(status)) return true
  await endTurn(use, turn, status)
  return false
}

/** No turn begins while the campaign is paused or stopped; a turn with a row keeps its place. */
const isRunning = ({ rollout }: Campaign): boolean => rollout?.state === 'running'

/** The turn's attempt, if another has followed it meanwhile. */
const formerAttempt = async (table: Table, { deviceId, attemptId }: Open): Promise<Device | undefined> => {
  const [item] = await readAll(table, [attemptKey(deviceId, attemptId)], true)
  return item && readDevice(item)
}

const isUnoffered = ({ attempt, registers }: Device, { attemptId }: Open, now: number): boolean =>
  attempt?.id === attemptId && upgradeStatus(attempt, registers, now).drive?.isOfferable === true

/**
 * Opens the attempt of a turn, if the device may take part; resolves to whether the turn goes on. A
 * concurrent run may do the same with the same row: its attempt is the same one.
 */
const beginTurn = async (use: TurnNeeds, turn: Open, known: Device | undefined): Promise<boolean> => {
  const { table, rows, now } = use
  let device = known
  for (let tries = 1; tries <= maxTries && device?.attempt?.id !== turn.attemptId; tries++) {
    const dock = isForDocks(use) ? await use.docks.withMachine(turn.deviceId, now()) : undefined
    const obstacle = await obstacleOf(use, turn.deviceId, device, dock)
    if (obstacle) return skip(use, turn, obstacle)
    const attempt = attemptOf(use, turn, now())
    const retryOf = turn.retryOf === undefined ? undefined : retryIn(device, turn.retryOf)
    const opened = await openAttempt(table, turn.deviceId, device, attempt, {
      replace: false,
      now: now(),
      retryOf,
      ...(dock ? { fleet: dock.fleet } : {}),
    })
    if (opened === 'opened') {
      // A dock cannot be asked: the sweep of upgrades looks at it.
      if (!dock) await use.ask({ deviceId: turn.deviceId, parentId: device?.parentId })
      return true
    }
    if (opened === 'same' || opened === 'another') return skip(use, turn, 'anotherOpen')
    device = (await readDevices(table, [turn])).get(turn.deviceId)
    if (opened === 'alreadyIn' && !(await hasBegun(table, turn, device))) {
      // It has had its turn already, which the run that released it again could not know.
      await rows.ended(turn.deviceId)
      return false
    }
  }
  return true
}

const hasBegun = async (table: Table, turn: Open, device: Device | undefined): Promise<boolean> =>
  device?.attempt?.id === turn.attemptId || (await formerAttempt(table, turn)) !== undefined

const isForDocks = ({ upgradePackage }: Pick<TurnNeeds, 'upgradePackage'>): boolean =>
  upgradePackage?.machines === 'docks'

const obstacleOf = async (
  use: TurnNeeds,
  deviceId: string,
  device: Device | undefined,
  dock: DockOnSite | undefined,
): Promise<SkipReason | undefined> => {
  const { table, campaign, upgradePackage } = use
  if (isForDocks(use) && !dock) return 'noDock'
  const fleet = device?.fleet ?? dock?.fleet ?? defaultFleet
  if ((campaign.fleet ?? fleet) !== fleet || (device?.isRemoved && !dock)) return 'notPermitted'
  const models = upgradePackage?.models
  if (!models) return undefined
  const [traits = {}] = await traitStore(table).of([deviceId])
  const model = dock?.machines.find(({ sn }) => sn === deviceId)?.model ?? traits.model
  return model !== undefined && models.includes(model) ? undefined : 'modelNotAllowed'
}

/** The previous attempt has an item of its own if another has followed it. */
const retryIn = (device: Device | undefined, id: string) => ({ id, isFollowed: device?.attempt?.id !== id })

const skip = async ({ rows, now }: TurnNeeds, turn: Open, reason: SkipReason): Promise<boolean> => {
  await rows.skip({ deviceId: turn.deviceId, phase: turn.phase, reason }, now())
  await rows.ended(turn.deviceId)
  return false
}

const attemptOf = (
  { campaign, upgradePackage }: TurnNeeds,
  { attemptId: id, phase }: Open,
  openedAt: number,
): Attempt => ({
  ...attemptIn(campaign, { id, openedAt, requestedBy: campaign.rollout?.startedBy ?? campaign.requestedBy }),
  packageId: campaign.packageId,
  machines: upgradePackage?.machines === 'docks' ? 'docks' : undefined,
  phase,
})

/** Frees the place of a device whose attempt has ended, and records when it tries again, if it does. */
const endTurn = async (
  { rows, campaign, now }: TurnNeeds,
  turn: Open,
  { state, failureCode: code }: ReturnType<typeof upgradeStatus>,
): Promise<void> => {
  const { deviceId, phase, attemptId, tries } = turn
  const dueAt =
    state &&
    campaign.retry &&
    retryAt(campaign.retry, { state, ...(code === undefined ? {} : { code }), tries, endedAt: now() })
  if (dueAt) await rows.retryLater({ deviceId, phase, retryOf: attemptId, tries, dueAt }, now())
  await rows.ended(deviceId)
}
