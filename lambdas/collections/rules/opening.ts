import type { Dock } from '../../docks/store.ts'
import type { DockRow } from '../dock-rows.ts'
import type { Run } from '../run.ts'
import type { Collection } from '../store.ts'
import { type RunCause, runIdOf } from './causes.ts'
import type { Outcome } from './phases.ts'
import { spanOf } from './pick.ts'
import { usualCooldownSeconds } from './shapes.ts'

/**
 * Whether a cause opens a run at a dock. Where it does not it is kept all the same, as a run that has ended, which
 * says why. Pure; times are epoch ms.
 */

export type Opening = {
  added: Run
  /** What becomes of the dock's row; undefined: nothing. */
  row?: { run?: string; earlier?: string; cooldowns?: Record<string, number> }
  /** The run that collects the logs of this cause, too. */
  widened?: Run
}

export type At = {
  collection: Collection
  dock: Pick<Dock, 'dockSn' | 'fleet'>
  cause: RunCause
  row: DockRow
  /** The run that the row names, as long as it has not ended. */
  current: Run | undefined
  now: number
}

export const opening = (at: At): Opening => {
  const { cause, row, current, now } = at
  const fresh = newRun(at)
  if (isCooling(at)) return { added: ended(fresh, 'cooldown', now) }
  if (now >= fresh.finishBy) return { added: ended(fresh, 'notInTime', now) }
  const cooldowns = cooldownsAfter(at)
  if (!current) return { added: fresh, row: { run: fresh.id, ...cooldowns } }
  if (isAfterChoice(current, cause))
    return { added: fresh, row: { run: fresh.id, earlier: current.id, ...cooldowns } }
  const widened = widenedBy(current, fresh, now)
  if (!widened) return { added: { ...ended(fresh, 'underWay', now), coveredBy: current.id } }
  return {
    added: { ...ended(fresh, 'covered', now), coveredBy: current.id },
    ...(cause.alarm ? { row: { ...(row.run ? { run: row.run } : {}), ...cooldowns } } : {}),
    widened,
  }
}

const newRun = ({ collection, dock, cause, now }: At): Run => {
  const { logs, wakeAircraft, retries, finishWithinSeconds } = collection
  return {
    id: runIdOf(cause, dock.dockSn),
    collectionId: collection.id,
    dockSn: dock.dockSn,
    fleet: dock.fleet,
    cause,
    logs,
    wakeAircraft,
    retries,
    span: spanOf(logs, cause.at),
    phase: 'waiting',
    since: now,
    createdAt: now,
    updatedAt: now,
    checkAt: now,
    finishBy: cause.at + finishWithinSeconds * 1000,
    leftOut: [],
    covers: 0,
    rev: 1,
  }
}

const ended = (run: Run, outcome: Outcome, now: number): Run => ({
  ...run,
  phase: 'ended',
  outcome,
  endedAt: now,
  checkAt: undefined,
})

/** Of a cause that came later the run that is under way has no logs: another waits until it has ended. */
const isAfterChoice = ({ phase, listing, since }: Run, { at }: RunCause): boolean =>
  phase !== 'waiting' && at > (listing?.notBefore ?? since)

/** A run that waits has chosen no logs: it takes those of others with its own, if it can have them in time. */
const widenedBy = (current: Run, { span }: Run, now: number): Run | undefined => {
  if (current.phase !== 'waiting') return undefined
  const covers = current.covers + 1
  if (!span || !current.span) return { ...current, covers, updatedAt: now }
  if (span.to + roomMs > current.finishBy) return undefined
  const wider = { from: Math.min(span.from, current.span.from), to: Math.max(span.to, current.span.to) }
  return { ...current, covers, span: wider, updatedAt: now }
}

/** What a listing and an upload need at least. */
const roomMs = 5 * 60_000

const cooldownMsOf = ({ when }: Collection): number =>
  when && 'alarm' in when ? (when.alarm.cooldownSeconds ?? usualCooldownSeconds) * 1000 : 0

const codeOf = ({ alarm }: RunCause): string | undefined => alarm?.code.toLowerCase()

/** Alarms may be told in another order than they were raised. */
const isCooling = ({ collection, cause, row }: At): boolean => {
  const last = row.cooldowns[codeOf(cause) ?? '']
  return last !== undefined && Math.abs(cause.at - last) < cooldownMsOf(collection)
}

/** Codes of a dock that are remembered. */
const mostCodes = 100

const cooldownsAfter = ({ collection, cause, row, now }: At): { cooldowns?: Record<string, number> } => {
  const code = codeOf(cause)
  if (code === undefined) return {}
  const isKept = ([, at]: [string, number]) => now - at < cooldownMsOf(collection)
  const others = Object.entries(row.cooldowns).filter(([one]) => one !== code)
  const kept = others.filter(isKept).toSorted(([, a], [, b]) => b - a)
  return { cooldowns: Object.fromEntries([[code, cause.at], ...kept.slice(0, mostCodes - 1)]) }
}
