import type { Dock } from '../../registry/store.ts'
import type { DockRow } from '../dock-rows.ts'
import type { Run } from '../run.ts'
import type { Collection } from '../store.ts'
import { type RunCause, runIdOf } from './causes.ts'
import type { Outcome } from './phases.ts'
import { spanOf } from './pick.ts'
import { defaultCooldownSeconds } from './shapes.ts'

/**
 * Decides whether a cause opens a run at a dock. If it does not, it is kept as a run that has ended, which
 * says why. Pure; times are epoch ms.
 */

export type Opening = {
  added: Run
  /** The change of the dock's row; undefined: none. */
  row?: { run?: string; earlier?: string; cooldowns?: Record<string, number> }
  /** The existing run that also covers this cause. */
  widened?: Run
}

export type At = {
  collection: Collection
  dock: Pick<Dock, 'dockSn' | 'fleet'>
  cause: RunCause
  row: DockRow
  /** The row's run, if it has not ended. */
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

/**
 * Whether a run in progress cannot have the cause's logs, since the cause came after it requested its
 * listing: then a new run waits for its end.
 */
const isAfterChoice = ({ phase, listing, since }: Run, { at }: RunCause): boolean =>
  phase !== 'waiting' && at > (listing?.notBefore ?? since)

/** A waiting run has chosen no logs yet: it also covers the cause, if it can have its logs in time. */
const widenedBy = (current: Run, { span }: Run, now: number): Run | undefined => {
  if (current.phase !== 'waiting') return undefined
  const covers = current.covers + 1
  if (!span || !current.span) return { ...current, covers, updatedAt: now }
  if (span.to + roomMs > current.finishBy) return undefined
  const wider = { from: Math.min(span.from, current.span.from), to: Math.max(span.to, current.span.to) }
  return { ...current, covers, span: wider, updatedAt: now }
}

/**
 * The least time that a listing and an upload need. The settings of a collection demand twice as much,
 * because a run may also have to wait for the dock, and to retry.
 */
const roomMs = 5 * 60_000

const cooldownMsOf = ({ when }: Collection): number =>
  when && 'alarm' in when ? (when.alarm.cooldownSeconds ?? defaultCooldownSeconds) * 1000 : 0

const codeOf = ({ alarm }: RunCause): string | undefined => alarm?.code.toLowerCase()

/** The difference may be negative: alarms may be reported out of order. */
const isCooling = ({ collection, cause, row }: At): boolean => {
  const last = row.cooldowns[codeOf(cause) ?? '']
  return last !== undefined && Math.abs(cause.at - last) < cooldownMsOf(collection)
}

/** Codes remembered per dock. */
const maxCodes = 100

const cooldownsAfter = ({ collection, cause, row, now }: At): { cooldowns?: Record<string, number> } => {
  const code = codeOf(cause)
  if (code === undefined) return {}
  const isKept = ([, at]: [string, number]) => now - at < cooldownMsOf(collection)
  const others = Object.entries(row.cooldowns).filter(([one]) => one !== code)
  const kept = others.filter(isKept).toSorted(([, a], [, b]) => b - a)
  return { cooldowns: Object.fromEntries([[code, cause.at], ...kept.slice(0, maxCodes - 1)]) }
}
