import * as z from 'zod/mini'
import { type Alarm, alarmLevels, alarmModules } from '../../protocols/dji-alarms/facts.ts'

/** Compares snapshots of a machine's standing alarms with the stored ones. Pure. */

export const alarmStates = ['standing', 'cleared'] as const
export type AlarmState = (typeof alarmStates)[number]

/**
 * An alarm in the table. `seenAt`: when the machine last reported it, at most `seenEveryMs` behind. An alarm
 * that cleared and comes again starts anew. Times are the broker's, epoch ms.
 */
export const StoredAlarm = z.object({
  dockSn: z.string(),
  sn: z.string(),
  fleet: z.string(),
  code: z.string(),
  level: z.enum(alarmLevels),
  module: z.enum(alarmModules),
  imminent: z.boolean(),
  inTheSky: z.boolean(),
  component: z.number(),
  sensor: z.number(),
  model: z.optional(z.string()),
  state: z.enum(alarmStates),
  raisedAt: z.number(),
  seenAt: z.number(),
  clearedAt: z.optional(z.number()),
  checkAt: z.optional(z.number()),
  expiresAt: z.number(),
})
export type StoredAlarm = z.infer<typeof StoredAlarm>

/** Identifies an alarm among those of its machine. */
export const alarmId = ({ code, component, sensor }: Pick<Alarm, 'code' | 'component' | 'sensor'>): string =>
  `${code}#${component}#${sensor}`

/** All standing alarms of a machine at a moment. */
export type Snapshot = { at: number; alarms: readonly Alarm[] }

/** Ms after which an instance of the function writes again that an alarm still stands. */
export const seenEveryMs = 45_000

/**
 * An alarm that has not been reported for this long has cleared: empty lists do not reach us. A relay repeats
 * standing alarms each minute, and a report may be written 45 seconds late, so two of a relay's reports may
 * be lost.
 */
export const silentAfterMs = 180_000

/** `raisedAt` is absent if it was already standing, `clearedAt` if it still stands. */
export type AlarmChange = { alarm: Alarm; raisedAt?: number; seenAt: number; clearedAt?: number }

/** The changes to write for snapshots, which are in order of time: at most one for each alarm. */
export const changesBy = (
  known: ReadonlyMap<string, StoredAlarm>,
  snapshots: readonly Snapshot[],
): AlarmChange[] => {
  const reported = snapshots.map(({ at, alarms }) => ({
    at,
    alarms: new Map(alarms.map((alarm) => [alarmId(alarm), alarm])),
  }))
  const ids = new Set([...known.keys(), ...reported.flatMap(({ alarms }) => [...alarms.keys()])])
  return [...ids].flatMap((id) => changeOf(known.get(id), id, reported) ?? [])
}

type IndexedSnapshot = { at: number; alarms: ReadonlyMap<string, Alarm> }

const changeOf = (
  stored: StoredAlarm | undefined,
  id: string,
  reported: readonly IndexedSnapshot[],
): AlarmChange | undefined => {
  const stands = stored?.state === 'standing' ? stored : undefined
  const knownUntil = (stands ? stands.seenAt : stored?.clearedAt) ?? Number.NEGATIVE_INFINITY
  const news = reported.flatMap(({ at, alarms }) => {
    const alarm = alarms.get(id)
    return alarm && at > knownUntil ? [{ at, alarm }] : []
  })
  const last = news.at(-1)
  const alarm = last?.alarm ?? stands
  if (!alarm) return undefined
  const seenAt = last?.at ?? knownUntil
  const clearedAt = reported.find(({ at }) => at > seenAt)?.at
  if (!last && clearedAt === undefined) return undefined
  return {
    alarm,
    seenAt,
    ...(stands ? {} : { raisedAt: news[0]?.at ?? seenAt }),
    ...(clearedAt === undefined ? {} : { clearedAt }),
  }
}

/**
 * Limits how often a machine raises alarms: each alarm once a minute, and `max` alarms per minute. The
 * vendor's page allows 20 in a list; each costs writes in indexes that all docks share, and an event.
 */
export const raisePace = { ms: 60_000, max: 50 }

/**
 * Drops the changes that raise alarms faster. Nothing is lost: a standing alarm is reported again, and raised
 * then.
 */
export const paced = (
  known: ReadonlyMap<string, StoredAlarm>,
  changes: readonly AlarmChange[],
): AlarmChange[] => {
  const since = Math.min(...changes.map(({ raisedAt = Number.POSITIVE_INFINITY }) => raisedAt)) - raisePace.ms
  const lately = new Set([...known].flatMap(([id, { raisedAt }]) => (raisedAt > since ? [id] : [])))
  let room = Math.max(0, raisePace.max - lately.size)
  return changes.filter(({ alarm, raisedAt }) => {
    if (raisedAt === undefined) return true
    const before = known.get(alarmId(alarm))?.raisedAt
    if (before !== undefined && raisedAt < before + raisePace.ms) return false
    return room-- > 0
  })
}

/** Alarms kept per machine: a dock has a few, and a machine that invents codes cannot fill the table. */
export const maxKept = 300

/** Ms for which a cleared alarm is kept at least, however many others come. */
export const minKeptMs = 24 * 60 * 60_000

/**
 * How many new alarms can be kept, and which are dropped for them: those that cleared first, but none that
 * cleared within the last day. So a machine that invented many codes is recorded again a day later.
 */
export const roomFor = (
  known: ReadonlyMap<string, StoredAlarm>,
  needed: number,
  now: number,
): { room: number; givenUp: string[] } => {
  const free = Math.max(0, maxKept - known.size)
  const givenUp = [...known]
    .flatMap(([id, { clearedAt }]) =>
      clearedAt !== undefined && clearedAt < now - minKeptMs ? [{ id, clearedAt }] : [],
    )
    .sort((one, other) => one.clearedAt - other.clearedAt)
    .slice(0, Math.max(0, needed - free))
    .map(({ id }) => id)
  return { room: free + givenUp.length, givenUp }
}
