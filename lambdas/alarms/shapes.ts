import * as z from 'zod/mini'
import { alarmLevels, alarmModules, flightOutcomes } from '../../protocols/dji-alarms/facts.ts'
import { Count, Time } from '../http/shapes.ts'
import { alarmStates } from './alarm.ts'

/** Alarms and flights, as JSON over HTTP and in events. */

export const AlarmStateName = z.enum(alarmStates)

/**
 * An alarm of a dock or its aircraft, `sn`. `imminent`: it passes by itself, like strong wind. `component`
 * and `sensor` count from 0. `seenAt`: when the machine last reported it, a minute behind at most. `help`:
 * the vendor's page with the text of each code.
 */
export const AlarmRecord = z.object({
  dockSn: z.string(),
  sn: z.string(),
  code: z.string(),
  level: z.enum(alarmLevels),
  module: z.enum(alarmModules),
  imminent: z.boolean(),
  inTheSky: z.boolean(),
  component: Count,
  sensor: Count,
  model: z.optional(z.string()),
  help: z.string(),
  state: AlarmStateName,
  raisedAt: Time,
  seenAt: Time,
  clearedAt: z.optional(Time),
})

/** A flight task that has ended; only in events. */
export const EndedFlight = z.object({
  dockSn: z.string(),
  aircraftSn: z.optional(z.string()),
  flightId: z.optional(z.string()),
  endedAt: Time,
  outcome: z.enum(flightOutcomes),
})
