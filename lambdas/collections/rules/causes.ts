import { createHash } from 'node:crypto'
import type { OnAlarm } from './shapes.ts'

/** The causes of collections, and the docks that these apply to. Pure. */

/**
 * `id`: the same for the same cause, however often and in whatever order it is reported. `at`: when it
 * occurred, epoch ms.
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

/** A time in the future, such as from a dock whose clock is ahead, counts as now. */
const notLater = (at: number, now: number): number => Math.min(at, now)

export const alarmCause = ({ sn, code, component, sensor, raisedAt }: Alarm, now: number): RunCause => ({
  id: ['alarm', raisedAt, sn, code, component ?? '', sensor ?? ''].join('#'),
  kind: 'alarm',
  at: notLater(raisedAt, now),
  alarm: { sn, code },
})

/** A task may be flown again under the same id: each of its ends is a cause. */
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

/** The same id for the same cause and dock, so that there is one run however often it is opened. */
export const runIdOf = (cause: Pick<RunCause, 'id'>, dockSn: string): string =>
  createHash('sha256').update(`${dockSn}\n${cause.id}`).digest('hex').slice(0, 32)

/** Compares codes without regard to case, since docks write hexadecimal digits either way. */
const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

export const concernsAlarm = (
  { levels, codes, exceptCodes = [], imminentToo = false }: OnAlarm,
  { level, code, imminent }: Pick<Alarm, 'level' | 'code' | 'imminent'>,
): boolean =>
  (levels === undefined || levels.includes(level)) &&
  (codes === undefined || codes.some((one) => isSame(one, code))) &&
  !exceptCodes.some((one) => isSame(one, code)) &&
  (imminentToo || !imminent)

/** Whether a collection includes a dock as it is now. */
export const concernsDock = (
  { fleet, docks }: { fleet?: string | undefined; docks?: readonly string[] | undefined },
  dock: { dockSn: string; fleet: string },
): boolean =>
  (fleet === undefined || fleet === dock.fleet) && (docks === undefined || docks.includes(dock.dockSn))
