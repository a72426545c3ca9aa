/**
 * What a dock tells of alarms and flights, in our words. `up.ts` makes these from the vendor's messages; nothing
 * outside this folder knows a vendor field name.
 */

/** From the least to the gravest. */
export const alarmLevels = ['notice', 'caution', 'warning'] as const
export type AlarmLevel = (typeof alarmLevels)[number]

/** What part of the machine's work an alarm is about. */
export const alarmModules = ['flight', 'device', 'media', 'health', 'other'] as const
export type AlarmModule = (typeof alarmModules)[number]

/**
 * An alarm that stands. `code`, `component` and `sensor` tell it from others of the same machine. `imminent`: it
 * passes by itself, as strong wind does. `model`: of the machine that it is about.
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
 * All alarms of a machine that stand at the moment; what is missing has ended. `dockSn`: the dock that speaks, where
 * the message names one.
 */
export type Alarms = { alarms: readonly Alarm[]; dockSn?: string }

export const flightOutcomes = ['done', 'partlyDone', 'failed', 'canceled', 'rejected', 'timedOut'] as const
export type FlightOutcome = (typeof flightOutcomes)[number]

/** A flight task that has ended. `result`: the vendor's code of a fault, never 0. */
export type FlightEnd = { outcome: FlightOutcome; flightId?: string; dockSn?: string; result?: number }
