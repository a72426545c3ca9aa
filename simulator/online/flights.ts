import { randomUUID } from 'node:crypto'
import { methods } from '../../protocols/dji-alarms/topics.ts'
import { topicsOf } from '../../protocols/dji-dock/topics.ts'
import type { Tick } from '../pace.ts'

/** The statuses with which a task can end, in the vendor's words. */
export const flightEnds = ['ok', 'partially_done', 'failed', 'canceled', 'rejected', 'timeout'] as const
export type FlightEnding = (typeof flightEnds)[number]

/** @default an id of its own, a flight that ends well */
export type SimulatedFlight = { flightId?: string; end?: FlightEnding }

type Needs = {
  dockSn: string
  publish: (topic: string, payload: string, qos?: 0 | 1) => void
  now: () => number
  tick: Tick
}

/** What a dock does on its way: before take-off, on the way, landing, its logs of the flight, the result. */
const steps = [
  { step: 5, percent: 10, mission: 2 },
  { step: 25, percent: 40, mission: 6 },
  { step: 27, percent: 90, mission: 9 },
  { step: 31, percent: 95, mission: 9 },
] as const

/**
 * Flies a task and tells of it as a recorded Dock 3 does, in the same steps at every pace. Resolves to the flight's
 * id when it has ended.
 */
export const fly = async (
  { dockSn, publish, now, tick }: Needs,
  { flightId = randomUUID(), end = 'ok' }: SimulatedFlight,
): Promise<string> => {
  const tell = (
    status: string,
    { step, percent, mission }: { step: number; percent: number; mission: number },
  ) =>
    publish(
      topicsOf(dockSn).events,
      JSON.stringify({
        bid: flightId,
        data: {
          output: {
            ext: {
              ...{ current_waypoint_index: 0, flight_id: flightId, track_id: flightId, wayline_id: 0 },
              wayline_mission_state: mission,
            },
            progress: { current_step: step, percent },
            status,
          },
          result: end === 'failed' && status === end ? 321_513 : 0,
        },
        ...{ method: methods.flight, need_reply: 0, tid: randomUUID(), timestamp: now(), gateway: dockSn },
      }),
    )
  if (end !== 'rejected')
    for (const step of steps) {
      tell('in_progress', step)
      await tick()
    }
  tell(end, { step: 35, percent: 100, mission: 9 })
  return flightId
}
