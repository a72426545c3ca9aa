/**
 * What docks report about alarms and flights, in our own terms. `up.ts` makes these from the vendor's
 * messages; nothing outside this folder knows a vendor field name.
 */

/** From the least to the most severe. */
export const alarmLevels = ['notice', 'caution', 'warning'] as const
export type AlarmLevel = (typeof alarmLevels)[number]

/** The area of the machine's work that an alarm is about. */
export const alarmModules = ['flight', 'device', 'media', 'health', 'other'] as const
export type AlarmModule = (typeof alarmModules)[number]

/**
 * A standing alarm. `code`, `component` and `sensor` identify it within its machine. `imminent`: it passes by
 * itself, like strong wind. `model`: that of the machine it is about.
 */
export type Alarm = {
  code: string
  level: AlarmLevel
  module: AlarmModule
  imminent: boolean
  inTheSky: boolean
  component: number
  sensor: number
  model?: string | undefined
}

/**
 * All standing alarms of a machine at the moment; an alarm that is missing has ended. `dockSn`: the dock that
 * speaks, if the message names one.
 */
export type Alarms = { alarms: readonly Alarm[]; dockSn?: string }

export const flightOutcomes = ['done', 'partlyDone', 'failed', 'canceled', 'rejected', 'timedOut'] as const
export type FlightOutcome = (typeof flightOutcomes)[number]

/** A flight task that has ended. `result`: the vendor's fault code, never 0. */
export type FlightEnd = { outcome: FlightOutcome; flightId?: string; dockSn?: string; result?: number }
