import type { PackageStore } from '../../packages/store.ts'
import { eachOf } from '../../runtime/each-of.ts'
import { errorFields } from '../../runtime/error-fields.ts'
import { log } from '../../runtime/log.ts'
import type { NewId } from '../../runtime/new-id.ts'
import type { Publish } from '../../runtime/publish.ts'
import { systemNames } from '../../runtime/system-names.ts'
import type { Table } from '../../table/client.ts'
import type { Device } from '../../upgrades/devices.ts'
import type { Docks } from '../../upgrades/docks/needs.ts'
import { traitStore } from '../../upgrades/traits.ts'
import { askVersion } from '../../upgrades/version-questions.ts'
import { devicesIn, failedIn, openIn, type PhaseSummary } from '../counts.ts'
import { next } from '../rules/transitions.ts'
import { isOpenAt } from '../rules/window.ts'
import type { Campaign } from '../store.ts'
import { curveStore, withPoint } from './curve.ts'
import { type Decision, decide, type Facts, type PhaseCount } from './decide.ts'
import { writeDecision, writeProgress } from './history.ts'
import { releaseTurns } from './release.ts'
import type { Rollout } from './rollout.ts'
import { type Open, type Retry, rolloutRows, type Skipped } from './rows.ts'
import { advanceTurns } from './turns.ts'

export type DriveNeeds = {
  table: Table
  now: () => number
  newId: NewId
  packages: Pick<PackageStore, 'get' | 'endUse'>
  publish: Publish
  docks: Docks
}

/**
 * One run for a driving campaign: advances the turns in progress, decides what follows from the counts, and
 * releases the next devices. Started once a minute by the sweep, under a lease. Even two concurrent runs
 * would be harmless: a device in progress has one row, and only one of two decisions is written. `counts`:
 * each phase, as the index had it just before. Resolves to whether this run decided to open another phase,
 * even if another decision was written first.
 */
export const drive = async (
  use: DriveNeeds,
  campaign: Campaign,
  counts: readonly PhaseSummary[],
): Promise<boolean> => {
  const { table, now, newId } = use
  const ask = asking(use, campaign.id)
  const { rollout, phases = [], packageId } = campaign
  if (!rollout || packageId === undefined) return false
  const rows = rolloutRows(table, campaign.id)
  const upgradePackage = await use.packages.get(packageId)
  const needs = { table, rows, campaign, upgradePackage, docks: use.docks, ask, now, newId }
  const { ongoing, unoffered } = await advanceTurns(needs, await rows.opened())
  const standing = { open: ongoing, retries: await rows.retries(), skipped: await rows.skipped() }
  const facts = factsOf(counts, standing, now())
  await keepCurve(table, campaign.id, facts, now())
  const rules = { phases, window: campaign.window, perMinute: campaign.pace?.perMinute }
  const decision = decide(rollout, rules, facts, now())
  if (decision.event) {
    await apply(use, campaign, rollout, decision, facts)
    return decision.event === 'gatePassed'
  }
  // Docks cannot be asked; the sweep of upgrades handles them.
  if (upgradePackage?.machines !== 'docks') await askAgain(use, campaign, unoffered, ask)
  if (decision.release === 0) return false
  const { released, cursors } = await releaseTurns(needs, standing.retries, decision.release)
  // If another decision was made in the meantime, the next run continues from the rows under that decision.
  if (await writeProgress(table, campaign.id, advanced(rollout, cursors), now()))
    await advanceTurns(needs, released, { isNew: true })
  return false
}

/** A question that could not be sent changes nothing: the device is asked again when it speaks. */
const asking =
  (use: DriveNeeds, campaignId: string) =>
  (device: Pick<Device, 'deviceId' | 'parentId'>): Promise<void> =>
    askVersion(use, device).catch((error: unknown) =>
      log('versionNotAsked', { campaignId, deviceId: device.deviceId, ...errorFields(error) }),
    )

/**
 * Asks devices again whose offer was held back, if they could get it now. Each run asks a limited number,
 * starting at a different device, so that silent devices do not delay the others.
 */
const askAgain = async (
  { table, now }: DriveNeeds,
  { rollout, window, pace }: Campaign,
  unoffered: readonly Device[],
  ask: (device: Device) => Promise<void>,
): Promise<void> => {
  if (rollout?.state !== 'running' && rollout?.state !== 'awaitingApproval') return
  const limit = pace?.perMinute ?? maxQuestions
  const first = unoffered.length === 0 ? 0 : (Math.floor(now() / minuteMs) * limit) % unoffered.length
  const some = [...unoffered.slice(first), ...unoffered.slice(0, first)].slice(0, limit)
  const traits = window ? await traitStore(table).of(some.map(({ deviceId }) => deviceId)) : []
  const askable = some.filter((_, n) => !window || isOpenAt(window, traits[n]?.timeZone, now()))
  await eachOf(askable, questionsAtOnce, ask)
}

const minuteMs = 60_000

/** Questions sent in parallel. */
const questionsAtOnce = 25
/** Devices that a run asks again if no pace is set. */
const maxQuestions = 100

const advanced = (
  rollout: Rollout,
  cursors: ReadonlyMap<number, { cursor: string; released: number }>,
): Rollout => ({
  ...rollout,
  phases: rollout.phases.map((phase, n) => ({ ...phase, ...cursors.get(n) })),
})

type Standing = { open: readonly Open[]; retries: readonly Retry[]; skipped: readonly Skipped[] }

/**
 * For how long after a retry began the index may still show the device's earlier failure, ms. Less than the
 * time between runs: once the index is right, the correction would hide the failure of another device.
 */
const indexLagMs = 30_000

/**
 * The facts of each phase. A device waiting for a retry has not failed yet. Nor has one whose retry has just
 * begun, although the index may still show its failure.
 */
const factsOf = (
  counts: readonly PhaseSummary[],
  { open, retries, skipped }: Standing,
  now: number,
): Facts => ({
  phases: counts.map((count, phase): PhaseCount => {
    const isOf = (row: { phase: number }): boolean => row.phase === phase
    const again = open.filter((turn) => isOf(turn) && turn.tries > 1 && turn.openedAt > now - indexLagMs)
    const failed = failedIn(count) - retries.filter(isOf).length - again.length
    return {
      confirmed: count.confirmed,
      failed: Math.max(0, failed),
      ended: devicesIn(count) - openIn(count),
      skipped: skipped.filter(isOf).length,
    }
  }),
  open: open.length,
  retries: retries.length,
  due: retries.filter(({ dueAt }) => dueAt <= now).length,
})

/** Records the event; if another run was faster, the next run decides again. */
const apply = async (
  use: DriveNeeds,
  campaign: Campaign,
  rollout: Rollout,
  { event, stopped }: Decision,
  facts: Facts,
): Promise<void> => {
  const state = event && next(rollout.state, event)
  if (!event || !state) return
  const { table } = use
  const at = use.now()
  const isPassed = event === 'gatePassed' || event === 'gatePassedNeedsApproval' || event === 'lastPhaseDone'
  const phases = rollout.phases.map((phase, n) =>
    isPassed && n === rollout.phase ? { ...phase, endedAt: at } : phase,
  )
  // First, so that after an interruption the event is decided again and this repeated. The package is
  // released for a stopped campaign, too, because it makes no more offers.
  if (state === 'finished' || state === 'stopped') await endUse(use, campaign)
  const changed = { ...rollout, state, phases, ...(stopped ? { stopped } : {}) }
  await writeDecision(table, campaign, event === 'gatePassed' ? openNext(changed, at) : changed, {
    at,
    by: systemNames.us,
    event,
    phase: campaign.phases?.[rollout.phase]?.name,
    reason: stopped,
    numbers: numbersOf(rollout, facts),
  })
}

/** Releases the campaign's package, which may be deleted from now on. */
export const endUse = async (
  { packages }: Pick<DriveNeeds, 'packages'>,
  campaign: Campaign,
): Promise<void> => {
  const { id, packageId } = campaign
  if (packageId !== undefined) await packages.endUse(packageId, { campaignId: id })
}

/** Opens the next phase. */
export const openNext = (rollout: Rollout, at: number): Rollout => ({
  ...rollout,
  phase: rollout.phase + 1,
  phases: rollout.phases.map((phase, n) => (n === rollout.phase + 1 ? { ...phase, openedAt: at } : phase)),
})

const numbersOf = ({ phase, phases }: Rollout, facts: Facts): Record<string, number> => ({
  size: phases[phase]?.size ?? 0,
  ...facts.phases[phase],
  open: facts.open,
  retries: facts.retries,
})

const keepCurve = async (table: Table, id: string, { phases }: Facts, now: number): Promise<void> => {
  const curve = curveStore(table, id)
  const sum = (name: 'confirmed' | 'failed') => phases.reduce((total, phase) => total + phase[name], 0)
  const points = withPoint(await curve.read(), {
    at: now,
    confirmed: sum('confirmed'),
    failed: sum('failed'),
  })
  if (points) await curve.write(points, now)
}
