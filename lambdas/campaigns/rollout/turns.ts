import type { UpgradePackage } from '../../packages/package.ts'
import { eachOf } from '../../runtime/each-of.ts'
import { errorFields } from '../../runtime/error-fields.ts'
import { log } from '../../runtime/log.ts'
import type { NewId } from '../../runtime/new-id.ts'
import type { Table } from '../../table/client.ts'
import { attemptKey, deviceKey } from '../../table/keys.ts'
import { readAll } from '../../table/pages.ts'
import { defaultFleet } from '../../table/settings.ts'
import { openAttempt } from '../../upgrades/attempts.ts'
import { type Device, readDevice } from '../../upgrades/devices.ts'
import type { DockOnSite, Docks } from '../../upgrades/docks/needs.ts'
import { type Attempt, isOpenState, upgradeStatus } from '../../upgrades/state.ts'
import { traitStore } from '../../upgrades/traits.ts'
import { retryAt } from '../rules/retry.ts'
import type { Campaign } from '../store.ts'
import type { SkipReason } from './reasons.ts'
import type { Open, Retry, RolloutRows } from './rows.ts'

/**
 * The turns of a campaign's devices: each begins with a row, then its attempt is opened; it ends when the
 * attempt has. Whatever is cut off in between is gone on with by the next run, from the row.
 */

type Needs = {
  table: Table
  rows: RolloutRows
  campaign: Campaign
  upgradePackage: UpgradePackage | undefined
  docks: Docks
  ask: (device: Pick<Device, 'deviceId' | 'parentId'>) => Promise<void>
  now: () => number
}

/** Turns that are looked after side by side: most of the time each waits for the table. */
const atOnce = 25

/** A device that reports in the very moment of opening is read again, so many times. */
const mostTries = 5

/**
 * What became of the turns that were open: those that go on, and of these the ones that said what they run and
 * have not been offered the package, or not again with a new link, since they might not then.
 */
export type Looked = { goOn: Open[]; unoffered: Device[] }

/**
 * Looks after each open turn: goes on, begins, or ends it. Safe to repeat. `isNew`: none of them has begun, so
 * that nothing is looked for.
 */
export const lookAfterTurns = async (
  use: Needs,
  open: readonly Open[],
  { isNew = false } = {},
): Promise<Looked> => {
  const devices = await readDevices(use.table, open)
  const goOn: Open[] = []
  const unoffered: Device[] = []
  await eachOf(open, atOnce, async (turn) => {
    const device = devices.get(turn.deviceId)
    try {
      const isOpen = await (isNew ? beginTurn : lookAfterTurn)(use, turn, device)
      if (isOpen) goOn.push(turn)
      if (isOpen && device && isUnoffered(device, turn, use.now())) unoffered.push(device)
    } catch (error) {
      // It stays as it is: a turn that cannot be looked after holds its place.
      goOn.push(turn)
      log('turnNotLookedAfter', {
        campaignId: use.campaign.id,
        deviceId: turn.deviceId,
        ...errorFields(error),
      })
    }
  })
  return { goOn, unoffered }
}

const readDevices = async (table: Table, turns: readonly Open[]): Promise<Map<string, Device>> => {
  const items = await readAll(
    table,
    turns.map(({ deviceId }) => deviceKey(deviceId)),
    true,
  )
  return new Map(items.flatMap((item) => (item ? [readDevice(item)] : [])).map((one) => [one.deviceId, one]))
}

/** Whether the turn goes on. */
const lookAfterTurn = async (use: Needs, turn: Open, device: Device | undefined): Promise<boolean> => {
  const own = device?.attempt?.id === turn.attemptId ? device : await formerAttempt(use.table, turn)
  if (!own?.attempt) return isRunning(use.campaign) ? beginTurn(use, turn, device) : true
  const status = upgradeStatus(own.attempt, own.registers, use.now())
  if (isOpenState(status)) return true
  await endTurn(use, turn, status)
  return false
}

/** While it is paused, or stopped, nothing begins: what has its row keeps its place. */
const isRunning = ({ rollout }: Campaign): boolean => rollout?.state === 'running'

/** The turn's attempt, where another has followed it meanwhile. */
const formerAttempt = async (table: Table, { deviceId, attemptId }: Open): Promise<Device | undefined> => {
  const [item] = await readAll(table, [attemptKey(deviceId, attemptId)], true)
  return item && readDevice(item)
}

const isUnoffered = ({ attempt, registers }: Device, { attemptId }: Open, now: number): boolean =>
  attempt?.id === attemptId && upgradeStatus(attempt, registers, now).drive?.isOfferable === true

/**
 * Opens the attempt of a turn, if the device may take part; whether the turn goes on. Another run may be at it
 * with the same row: then the attempt is the turn's all the same.
 */
const beginTurn = async (use: Needs, turn: Open, known: Device | undefined): Promise<boolean> => {
  const { table, rows, now } = use
  let device = known
  for (let tries = 1; tries <= mostTries && device?.attempt?.id !== turn.attemptId; tries++) {
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
      // A dock can be asked nothing: the sweep of upgrades looks at it.
      if (!dock) await use.ask({ deviceId: turn.deviceId, parentId: device?.parentId })
      return true
    }
    if (opened === 'same' || opened === 'another') return skip(use, turn, 'anotherOpen')
    device = (await readDevices(table, [turn])).get(turn.deviceId)
    if (opened === 'alreadyIn' && !(await hasBegun(table, turn, device))) {
      // It has had its turn: whoever released it again did not know yet.
      await rows.ended(turn.deviceId)
      return false
    }
  }
  return true
}

const hasBegun = async (table: Table, turn: Open, device: Device | undefined): Promise<boolean> =>
  device?.attempt?.id === turn.attemptId || (await formerAttempt(table, turn)) !== undefined

const isForDocks = ({ upgradePackage }: Pick<Needs, 'upgradePackage'>): boolean =>
  upgradePackage?.machines === 'docks'

const obstacleOf = async (
  use: Needs,
  deviceId: string,
  device: Device | undefined,
  dock: DockOnSite | undefined,
): Promise<SkipReason | undefined> => {
  const { table, campaign, upgradePackage } = use
  if (isForDocks(use) && !dock) return 'noDock'
  const fleet = device?.fleet ?? dock?.fleet ?? defaultFleet
  if ((campaign.fleet ?? fleet) !== fleet) return 'notPermitted'
  const models = upgradePackage?.models
  if (!models) return undefined
  const [traits = {}] = await traitStore(table).of([deviceId])
  const model = dock?.machines.find(({ sn }) => sn === deviceId)?.model ?? traits.model
  return model !== undefined && models.includes(model) ? undefined : 'modelNotAllowed'
}

/** The attempt before is an item of its own where another has followed it. */
const retryIn = (device: Device | undefined, id: string) => ({ id, isFollowed: device?.attempt?.id !== id })

const skip = async ({ rows, now }: Needs, turn: Open, reason: SkipReason): Promise<boolean> => {
  await rows.skip({ deviceId: turn.deviceId, phase: turn.phase, reason }, now())
  await rows.ended(turn.deviceId)
  return false
}

const attemptOf = (
  { campaign, upgradePackage }: Needs,
  { attemptId, phase }: Open,
  now: number,
): Attempt => ({
  id: attemptId,
  package: campaign.package,
  target: campaign.target,
  openedAt: now,
  timeoutSeconds: campaign.timeoutSeconds,
  proveSeconds: campaign.proveSeconds,
  campaignId: campaign.id,
  packageId: campaign.packageId,
  machines: upgradePackage?.machines === 'docks' ? 'docks' : undefined,
  phase,
  requestedBy: campaign.rollout?.startedBy ?? campaign.requestedBy,
})

/** Frees the place of a device whose attempt has ended, and notes when it tries again, if it does. */
const endTurn = async (
  { rows, campaign, now }: Needs,
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

/**
 * Lets the next devices have their turn: those that are due to try again, then those that wait in the phases
 * that are open. Resolves to the phases' new cursors. A row is written before anything else, so that what is
 * cut off here is not lost, and one that has its row already gets no second.
 */
export const releaseTurns = async (
  use: Needs & { newId: NewId },
  retries: readonly Retry[],
  howMany: number,
): Promise<{ released: Open[]; cursors: Map<number, { cursor: string; released: number }> }> => {
  const { rows, campaign, now, newId } = use
  const released: Open[] = []
  const add = async (turn: Omit<Open, 'attemptId' | 'openedAt'>): Promise<void> => {
    const row = { ...turn, attemptId: newId(now()), openedAt: now() }
    if (await rows.open(row, now())) released.push(row)
  }
  const due = retries
    .filter(({ dueAt }) => dueAt <= now())
    .toSorted(byTime)
    .slice(0, howMany)
  for (const { deviceId, phase, retryOf, tries } of due) {
    await add({ deviceId, phase, retryOf, tries: tries + 1 })
    await rows.retried(deviceId)
  }
  const cursors = new Map<number, { cursor: string; released: number }>()
  const { phases = [], phase: last = 0 } = campaign.rollout ?? {}
  // Those that have a row by another run took a place, too.
  let room = howMany - due.length
  for (const [phase, { size, released: before, cursor }] of phases.slice(0, last + 1).entries()) {
    if (room <= 0 || before >= size) continue
    const next = await rows.planned(phase, cursor, Math.min(room, size - before))
    await eachOf(next, atOnce, ({ deviceId }) => add({ deviceId, phase, tries: 1 }))
    room -= next.length
    const reached = next.at(-1)
    if (reached) cursors.set(phase, { cursor: reached.sk, released: before + next.length })
  }
  return { released, cursors }
}

const byTime = (one: { dueAt: number }, other: { dueAt: number }): number => one.dueAt - other.dueAt
