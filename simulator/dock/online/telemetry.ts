import { randomUUID } from 'node:crypto'
import { topicsOf } from '../../../protocols/dji-dock/topics.ts'
import type { Alarms } from './alarms.ts'
import type { Wait } from './asking.ts'
import { models } from './machines.ts'

type Needs = {
  dockSn: string
  aircraftSn: string
  aircraftOn: () => boolean
  /** The vendor's code for the dock's mode. */
  mode: () => number
  isFlying: () => boolean
  firmware: () => Readonly<Record<'dock' | 'aircraft', string>>
  alarms: Pick<Alarms, 'say'>
  publish: (topic: string, payload: string, qos?: 0 | 1) => void
  now: () => number
  wait: Wait
}

/** A period of a dock's day, in milliseconds: dock and aircraft report alarms once in each. */
const turnMs = 2_000
/** A dock's own reports per period: at rest by the vendor's page, with its aircraft on as recorded. */
const osdInTurn = { atRest: 1, withAircraft: 4 }
/** Periods until an unanswered property is repeated: 2, 4, then every 8 s, as recorded. */
const turnsBetween = [1, 2, 4]

/** A dock's report on its work. */
export const workOf = (mode: number, isFlying: boolean): object => ({
  mode_code: mode,
  drone_in_dock: isFlying ? 0 : 1,
  cover_state: 0,
  network_state: { type: 2, quality: 3 },
})

/** By the vendor's "Properties" of a Matrice 4D: 5 follows a wayline, 0 stands by. */
const whereabouts = (isFlying: boolean): object =>
  isFlying ? { mode_code: 5, height: 60 } : { mode_code: 0, height: 0 }

/**
 * A dock's periodic messages while it is online, at the rates of a recorded Dock 3: its own reports, its
 * aircraft's, and alarms, without end. Properties of a woken aircraft are repeated until they are
 * acknowledged.
 */
export const createTelemetry = (use: Needs) => {
  const { dockSn, aircraftSn, publish, now, wait } = use
  const [dock, aircraft] = [topicsOf(dockSn), topicsOf(aircraftSn)]
  let unanswered: { tid: string; repeats: number; turnsLeft: number } | undefined

  const say = (topic: string, data: object, { method, tid = randomUUID(), needReply }: Extra = {}): void => {
    const head = { tid, bid: randomUUID(), timestamp: now(), gateway: dockSn }
    const rest = {
      ...(method && { method }),
      ...(needReply !== undefined && { need_reply: needReply }),
      data,
    }
    publish(topic, JSON.stringify({ ...head, ...rest }), 0)
  }

  /** The three forms of a dock's own reports, in turn. */
  const osd = (n: number): void => {
    const on = use.aircraftOn()
    const shapes = [
      workOf(use.mode(), use.isFlying()),
      {
        sub_device: {
          device_sn: aircraftSn,
          device_model_key: models.aircraft.key,
          device_online_status: on ? 1 : 0,
          device_paired: 1,
        },
        storage: { total: 60_000_000, used: 1_000_000 },
      },
      { job_number: 12, acc_time: 3_600, first_power_on: 0 },
    ]
    say(dock.osd, shapes[n % shapes.length] ?? {})
  }

  /** Sent when the aircraft has woken, and repeated until acknowledged. */
  const firmwareOfAircraft = (): void => {
    const { tid, repeats } = unanswered ?? { tid: randomUUID(), repeats: 0 }
    const turnsLeft = turnsBetween[Math.min(repeats, turnsBetween.length - 1)] ?? 1
    unanswered = { tid, repeats: repeats + 1, turnsLeft }
    say(aircraft.state, { firmware_version: use.firmware().aircraft }, { tid, needReply: 1 })
  }

  const turn = (n: number): void => {
    const on = use.aircraftOn()
    for (let i = 0; i < (on ? osdInTurn.withAircraft : osdInTurn.atRest); i += 1) osd(n + i)
    use.alarms.say('dock')
    if (!on) return
    use.alarms.say('aircraft')
    say(aircraft.osd, { ...whereabouts(use.isFlying()), latitude: 47.1, longitude: 8.2 })
    say(aircraft.state, { wpmz_version: '1.0.5' }, { needReply: 0 })
  }

  return {
    /** Sends until stopped. */
    run: async (stop: AbortSignal): Promise<void> => {
      say(dock.state, { firmware_version: use.firmware().dock }, { needReply: 0 })
      let wasOn = false
      for (let n = 0; !stop.aborted; n += 1) {
        const on = use.aircraftOn()
        if (on !== wasOn) unanswered = undefined
        if (unanswered) unanswered.turnsLeft -= 1
        if (on && (!wasOn || unanswered?.turnsLeft === 0)) firmwareOfAircraft()
        wasOn = on
        turn(n)
        await wait(turnMs, stop).catch(() => {})
      }
    },

    /** The aircraft has restarted: its absence may have been shorter than a period. */
    aircraftRestarted: (): void => {
      unanswered = undefined
      firmwareOfAircraft()
    },

    /** Called when a property was acknowledged. */
    acknowledged: (tid: string): void => {
      if (unanswered?.tid === tid) unanswered = undefined
    },
  }
}

type Extra = { method?: string; tid?: string; needReply?: 0 | 1 }

export type Telemetry = ReturnType<typeof createTelemetry>
