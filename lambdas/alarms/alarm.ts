import * as z from 'zod/mini'
import { type Alarm, alarmLevels, alarmModules } from '../../protocols/dji-alarms/facts.ts'

/** What snapshots of the alarms that stand make of those that are known. Pure. */

export const alarmStates = ['standing', 'cleared'] as const
export type AlarmState = (typeof alarmStates)[number]

/**
 * An alarm as the table has it. `seenAt` is when the machine said it last, at most `seenEveryMs` behind. What has
 * cleared and comes again begins anew. Times are the broker's, epoch ms.
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

/** What tells an alarm from the others of its machine. */
export const alarmId = ({ code, component, sensor }: Pick<Alarm, 'code' | 'component' | 'sensor'>): string =>
  `${code}#${component}#${sensor}`

/** All alarms of a machine that stood at a moment. */
export type Snapshot = { at: number; alarms: readonly Alarm[] }

/** That an alarm still stands is written again after so long, by each copy of the function for itself. */
export const seenEveryMs = 45_000

/**
 * An alarm that nobody has said for so long has cleared: empty lists do not reach us. A relay says each minute
 * again what stands, and what was said may be written 45 seconds late; so two of its words may be lost.
 */
export const silentAfterMs = 180_000

/** `raisedAt` is absent where it stood before, `clearedAt` where it stands. */
export type AlarmChange = { alarm: Alarm; raisedAt?: number; seenAt: number; clearedAt?: number }

/** What is written for snapshots, which are in their order: at most one change for each alarm. */
export const changesBy = (
  known: ReadonlyMap<string, StoredAlarm>,
  snapshots: readonly Snapshot[],
): AlarmChange[] => {
  const said = snapshots.map(({ at, alarms }) => ({
    at,
    alarms: new Map(alarms.map((alarm) => [alarmId(alarm), alarm])),
  }))
  const ids = new Set([...known.keys(), ...said.flatMap(({ alarms }) => [...alarms.keys()])])
  return [...ids].flatMap((id) => changeOf(known.get(id), id, said) ?? [])
}

type Said = { at: number; alarms: ReadonlyMap<string, Alarm> }

const changeOf = (
  stored: StoredAlarm | undefined,
  id: string,
  said: readonly Said[],
): AlarmChange | undefined => {
  const stands = stored?.state === 'standing' ? stored : undefined
  const knownUntil = (stands ? stands.seenAt : stored?.clearedAt) ?? Number.NEGATIVE_INFINITY
  const news = said.flatMap(({ at, alarms }) => {
    const alarm = alarms.get(id)
    return alarm && at > knownUntil ? [{ at, alarm }] : []
  })
  const last = news.at(-1)
  const alarm = last?.alarm ?? stands
  if (!alarm) return undefined
  const seenAt = last?.at ?? knownUntil
  const clearedAt = said.find(({ at }) => at > seenAt)?.at
  if (!last && clearedAt === undefined) return undefined
  return {
    alarm,
    seenAt,
    ...(stands ? {} : { raisedAt: news[0]?.at ?? seenAt }),
    ...(clearedAt === undefined ? {} : { clearedAt }),
  }
}

/**
 * How often a machine raises alarms: each anew after a minute, and so many of them within one. The vendor's page
 * allows 20 in a list; each costs writes in indexes that all docks share, and is told to others.
 */
export const raisePace = { ms: 60_000, most: 50 }

/**
 * The changes without those that raise alarms faster. They are no loss: what still stands is said again, and raised
 * then.
 */
export const paced = (
  known: ReadonlyMap<string, StoredAlarm>,
  changes: readonly AlarmChange[],
): AlarmChange[] => {
  const since = Math.min(...changes.map(({ raisedAt = Number.POSITIVE_INFINITY }) => raisedAt)) - raisePace.ms
  const lately = new Set([...known].flatMap(([id, { raisedAt }]) => (raisedAt > since ? [id] : [])))
  let room = Math.max(0, raisePace.most - lately.size)
  return changes.filter(({ alarm, raisedAt }) => {
    if (raisedAt === undefined) return true
    const before = known.get(alarmId(alarm))?.raisedAt
    if (before !== undefined && raisedAt < before + raisePace.ms) return false
    return room-- > 0
  })
}

/** Alarms of a machine that are kept: a dock has a few, and whoever makes codes up fills no table. */
export const mostKept = 300

/** What has cleared is kept so long at least, however many others come. */
export const leastKeptMs = 24 * 60 * 60_000

/**
 * How many alarms more can be kept, and which are given up for them: those that cleared first, none within the
 * last day. So a machine that made many up is heard again a day later.
 */
export const roomFor = (
  known: ReadonlyMap<string, StoredAlarm>,
  wanted: number,
  now: number,
): { room: number; givenUp: string[] } => {
  const free = Math.max(0, mostKept - known.size)
  const givenUp = [...known]
    .flatMap(([id, { clearedAt }]) =>
      clearedAt !== undefined && clearedAt < now - leastKeptMs ? [{ id, clearedAt }] : [],
    )
    .sort((one, other) => one.clearedAt - other.clearedAt)
    .slice(0, Math.max(0, wanted - free))
    .map(({ id }) => id)
  return { room: free + givenUp.length, givenUp }
}
