import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { methods } from '../../../protocols/dji-alarms/topics.ts'
import { topicsOf } from '../../../protocols/dji-dock/topics.ts'
import type { Module } from '../../../protocols/dji-remote-log/facts.ts'
import type { Wait } from './asking.ts'
import { models } from './machines.ts'

/**
 * The vendor's format of alarm codes:
 * https://developer.dji.com/doc/cloud-api-tutorial/en/feature-set/dock-feature-set/hms.html
 */
export const alarmCode = /^0x[\da-f]{1,8}$/i

/** An alarm of a simulated dock, or its aircraft. `level`: 0 to 2, as the vendor counts. */
export type SimulatedAlarm = {
  /** @default 'dock' */
  of?: Module
  code: string
  /** @default 2 */
  level?: 0 | 1 | 2
  imminent?: boolean
  inTheSky?: boolean
  component?: number
  sensor?: number
}

type Needs = {
  dockSn: string
  aircraftSn: string
  isAircraftOn: () => boolean
  isFlying: () => boolean
  /** Called when a machine raises an alarm, which its log must cover. */
  raised: (of: Module) => void
  publish: (topic: string, payload: string, qos?: 0 | 1) => void
  now: () => number
  /** @default real time, as for a dock's other periodic messages */
  wait?: Wait
}

/** The vendor's limit of alarms in a message. The page does not say which ones are left out. */
const mostInMessage = 20

/** Codes of `count` different alarms. */
const stormCodes = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `0x1610${(n + 1).toString(16).toUpperCase().padStart(4, '0')}`)

/** As recorded from a Dock 3. */
const everyMs = 2_000

const realTime: Wait = (ms, signal) => sleep(ms, undefined, { signal, ref: false })

/**
 * The standing alarms of a dock and its aircraft, reported as a real Dock 3 does: all of a machine in one
 * list, every two seconds, each machine's on its own topic. A dock that has not reported a list yet starts
 * with its first alarm and stops after the list is empty again.
 */
export const createAlarms = (use: Needs) => {
  const { dockSn, aircraftSn, publish, now, wait = realTime } = use
  const serials = { dock: dockSn, aircraft: aircraftSn }
  const standing: Record<Module, Map<string, object>> = { dock: new Map(), aircraft: new Map() }
  const loops: Partial<Record<Module, AbortController>> = {}
  let isLeftToSession = false

  /** Reports the list of a machine once; for an aircraft only while it is on. */
  const say = (of: Module): void => {
    if (of === 'aircraft' && !use.isAircraftOn()) return
    publish(
      topicsOf(serials[of]).events,
      JSON.stringify({
        bid: randomUUID(),
        data: { list: [...standing[of].values()].slice(-mostInMessage) },
        method: methods.alarms,
        need_reply: 0,
        tid: randomUUID(),
        timestamp: now(),
        gateway: dockSn,
      }),
      0,
    )
  }

  const repeat = async (of: Module, stop: AbortSignal): Promise<void> => {
    for (;;) {
      await wait(everyMs, stop)
      if (stop.aborted) return
      say(of)
    }
  }

  const changed = (of: Module): void => {
    say(of)
    const isNeeded = standing[of].size > 0 && !isLeftToSession
    if (isNeeded && !loops[of]) {
      const loop = new AbortController()
      loops[of] = loop
      repeat(of, loop.signal).catch(() => {})
    } else if (!isNeeded) end(of)
  }
  const raise = (of: Module, alarms: readonly SimulatedAlarm[]): void => {
    for (const alarm of alarms) {
      const { code, component = 0, sensor = 0 } = alarm
      const message = messageOf({ inTheSky: use.isFlying(), ...alarm, of })
      standing[of].set([code, component, sensor].join(), message)
    }
    use.raised(of)
    changed(of)
  }
  const end = (of: Module): void => {
    loops[of]?.abort()
    delete loops[of]
  }

  return {
    say,

    /** Another component sends the lists: a session with the dock's server. */
    leaveToSession: (): void => {
      isLeftToSession = true
    },

    raise: (alarm: SimulatedAlarm): void => raise(alarm.of ?? 'dock', [alarm]),

    /** Raises `alarms` different alarms at once, in one message. */
    storm: (alarms: number, of: Module = 'dock'): void =>
      raise(
        of,
        stormCodes(alarms).map((code) => ({ code })),
      ),

    /** Clears one alarm of a machine, or all of them. */
    clear: (of: Module = 'dock', code?: string): void => {
      for (const id of standing[of].keys())
        if (code === undefined || id.startsWith(`${code},`)) standing[of].delete(id)
      changed(of)
    },

    close: (): void => {
      end('dock')
      end('aircraft')
    },
  }
}

export type Alarms = ReturnType<typeof createAlarms>

const messageOf = (alarm: SimulatedAlarm & { of: Module }): object => ({
  args: { component_index: alarm.component ?? 0, sensor_index: alarm.sensor ?? 0 },
  code: alarm.code,
  device_type: models[alarm.of].key,
  imminent: alarm.imminent ? 1 : 0,
  in_the_sky: alarm.inTheSky ? 1 : 0,
  level: alarm.level ?? 2,
  module: 3,
})
