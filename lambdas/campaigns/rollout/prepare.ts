import { eachOf } from '../../runtime/each-of.ts'
import { systemNames } from '../../runtime/system-names.ts'
import type { Table } from '../../table/client.ts'
import { rolloutKeys } from '../../table/keys.ts'
import { traitStore } from '../../upgrades/traits.ts'
import { type Candidate, cut, orderOf } from '../rules/cut.ts'
import type { Phase } from '../rules/shapes.ts'
import { next } from '../rules/transitions.ts'
import type { Campaign } from '../store.ts'
import { writeDecision, writeProgress } from './history.ts'
import type { Rollout } from './rollout.ts'
import { type Chosen, type RolloutRows, rolloutRows } from './rows.ts'
import { selectedPage } from './selection.ts'

/**
 * Prepares a campaign that was started: chooses the devices that match `select`, and plans, once, each
 * device's phase and place in it. This may take several runs; each continues where the last one ended, or
 * writes the same again. Resolves to whether its first phase is open now.
 */

type Needs = {
  table: Table
  now: () => number
  /** No page begins after this time, epoch ms. */
  until: number
}

/** Rows written in parallel. */
const writtenAtOnce = 25

export const prepare = async (use: Needs, campaign: Campaign): Promise<boolean> => {
  const selected = await selectDevices(use, campaign)
  return selected !== undefined && planTurns(use, selected)
}

/** The campaign with all its devices chosen; undefined: no time is left, or another run was faster. */
const selectDevices = async (use: Needs, campaign: Campaign): Promise<Campaign | undefined> => {
  const { table, now, until } = use
  const { select, rollout, id } = campaign
  if (!rollout?.preparing || !select || rollout.preparing.selected) return campaign
  const rows = rolloutRows(table, id)
  let { cursor } = rollout.preparing
  let current: Rollout = rollout
  while (now() < until) {
    const { devices, next: following } = await selectedPage(table, campaign, select, cursor)
    await eachOf(devices, writtenAtOnce, async ({ device: { deviceId } }) => {
      await rows.choose({ deviceId }, now())
    })
    cursor = following
    const preparing = { selected: following === undefined, cursor }
    if (!(await writeProgress(table, id, { ...current, preparing }, now()))) return undefined
    current = { ...current, preparing, rev: current.rev + 1 }
    if (following === undefined) return { ...campaign, rollout: current }
  }
  return undefined
}

/** The candidates, with their labels if a phase needs them. */
const candidatesOf = async (
  table: Table,
  phases: readonly Phase[],
  chosen: readonly Chosen[],
): Promise<readonly Candidate[]> => {
  if (!phases.some(({ take }) => 'labels' in take)) return chosen
  const ids = chosen.map(({ deviceId }) => deviceId)
  const traits = await traitStore(table).of(ids, true)
  return ids.map((deviceId, n) => ({ deviceId, labels: traits[n]?.labels }))
}

type Plan = ReadonlyMap<string, { phase: number; order: string; deviceId: string }>

/** The planned turns by the key of their rows. */
const planOf = (id: string, phases: readonly (readonly string[])[]): Plan =>
  new Map(
    phases.flatMap((deviceIds, phase) =>
      deviceIds.map((deviceId) => {
        const order = `${orderOf(id, deviceId)}#${deviceId}`
        return [rolloutKeys.planned(id, phase, order).sk, { phase, order, deviceId }] as const
      }),
    ),
  )

/**
 * Writes what earlier runs have not, so that each gets further, and removes rows that differ from the plan: a
 * request that began before the start may have chosen more devices since. False: no time was left for all.
 */
const writePlan = async (
  rows: RolloutRows,
  plan: Plan,
  { now, until }: Pick<Needs, 'now' | 'until'>,
): Promise<boolean> => {
  const known = new Set((await rows.allPlanned()).map(({ sk }) => sk))
  const missing = [...plan].filter(([sk]) => !known.has(sk))
  const wrong = [...known].filter((sk) => !plan.has(sk))
  await eachOf(wrong, writtenAtOnce, async (sk) => {
    if (now() < until) await rows.unplan(sk)
  })
  await eachOf(missing, writtenAtOnce, async ([, { phase, order, deviceId }]) => {
    if (now() < until) await rows.plan(phase, order, deviceId, now())
  })
  return now() < until
}

const planTurns = async ({ table, now, until }: Needs, campaign: Campaign): Promise<boolean> => {
  const { id, rollout, phases = [] } = campaign
  const state = rollout && next(rollout.state, 'prepared')
  if (!rollout || !state) return false
  const rows = rolloutRows(table, id)
  const chosen = await rows.chosen()
  const plan = cut(id, phases, await candidatesOf(table, phases, chosen))
  if (!(await writePlan(rows, planOf(id, plan.phases), { now, until }))) return false
  const at = now()
  const { preparing: _, ...rest } = rollout
  return writeDecision(
    table,
    campaign,
    {
      ...rest,
      state,
      phase: 0,
      phases: plan.phases.map(({ length: size }, n) => ({
        size,
        released: 0,
        ...(n === 0 ? { openedAt: at } : {}),
      })),
      chosen: chosen.length,
      leftOut: plan.leftOut.length,
    },
    {
      at,
      by: systemNames.us,
      event: 'prepared',
      numbers: { chosen: chosen.length, leftOut: plan.leftOut.length },
    },
  )
}
