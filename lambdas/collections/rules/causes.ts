import { createHash } from 'node:crypto'
import type { OnAlarm } from './shapes.ts'

/** What sets a collection to work, and at which docks. Pure. */

/**
 * `id`: the same for the same cause, however often and in whatever order it is told. `at`: when it came about,
 * epoch ms.
 */
export type RunCause = {
  id: string
  kind: 'alarm' | 'flight' | 'daily' | 'manual'
  at: number
  alarm?: { sn: string; code: string } | undefined
}

export type Alarm = {
  sn: string
  code: string
  level: 'notice' | 'caution' | 'warning'
  imminent: boolean
  component?: number | undefined
  sensor?: number | undefined
  raisedAt: number
}

/** Of docks whose clocks are ahead, and of whatever else is said to be later than now: it is now. */
const notLater = (at: number, now: number): number => Math.min(at, now)

export const alarmCause = ({ sn, code, component, sensor, raisedAt }: Alarm, now: number): RunCause => ({
  id: ['alarm', raisedAt, sn, code, component ?? '', sensor ?? ''].join('#'),
  kind: 'alarm',
  at: notLater(raisedAt, now),
  alarm: { sn, code },
})

/** A task may be flown again under the same id: each end of it is a cause of its own. */
export const flightCause = (
  { flightId = '', endedAt }: { flightId?: string | undefined; endedAt: number },
  now: number,
): RunCause => ({ id: `flight#${flightId}#${endedAt}`, kind: 'flight', at: notLater(endedAt, now) })

export const dailyCause = ({ at, day }: { at: number; day: string }): RunCause => ({
  id: `daily#${day}`,
  kind: 'daily',
  at,
})

export const manualCause = (startId: string, at: number): RunCause => ({
  id: `manual#${startId}`,
  kind: 'manual',
  at,
})

/** One run for a cause at a dock, whoever opens it, and however often. */
export const runIdOf = (cause: Pick<RunCause, 'id'>, dockSn: string): string =>
  createHash('sha256').update(`${dockSn}\n${cause.id}`).digest('hex').slice(0, 32)

/** Codes are compared as docks write hexadecimal numbers: in capitals or not. */
const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

export const concernsAlarm = (
  { levels, codes, exceptCodes = [], imminentToo = false }: OnAlarm,
  { level, code, imminent }: Pick<Alarm, 'level' | 'code' | 'imminent'>,
): boolean =>
  (levels === undefined || levels.includes(level)) &&
  (codes === undefined || codes.some((one) => isSame(one, code))) &&
  !exceptCodes.some((one) => isSame(one, code)) &&
  (imminentToo || !imminent)

/** Whether a collection collects from a dock as it is now. */
export const concernsDock = (
  { fleet, docks }: { fleet?: string | undefined; docks?: readonly string[] | undefined },
  dock: { dockSn: string; fleet: string },
): boolean =>
  (fleet === undefined || fleet === dock.fleet) && (docks === undefined || docks.includes(dock.dockSn))
