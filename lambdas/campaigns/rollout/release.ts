import { eachOf } from '../../runtime/each-of.ts'
import type { NewId } from '../../runtime/new-id.ts'
import type { Open, Retry } from './rows.ts'
import { type TurnNeeds, turnsAtOnce } from './turns.ts'

/**
 * Gives the next devices their turn: those whose retry is due, then those that wait in the open phases.
 * Resolves to the phases' new cursors. A row is written before anything else, so that an interruption loses
 * nothing, and a device that already has a row gets no second.
 */
export const releaseTurns = async (
  use: Pick<TurnNeeds, 'rows' | 'campaign' | 'now'> & { newId: NewId },
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
  // A due device that already has a row from another run counts against `howMany`, too.
  let left = howMany - due.length
  for (const [phase, { size, released: before, cursor }] of phases.slice(0, last + 1).entries()) {
    if (left <= 0 || before >= size) continue
    const next = await rows.planned(phase, cursor, Math.min(left, size - before))
    await eachOf(next, turnsAtOnce, ({ deviceId }) => add({ deviceId, phase, tries: 1 }))
    left -= next.length
    const reached = next.at(-1)
    if (reached) cursors.set(phase, { cursor: reached.sk, released: before + next.length })
  }
  return { released, cursors }
}

const byTime = (one: { dueAt: number }, other: { dueAt: number }): number => one.dueAt - other.dueAt
