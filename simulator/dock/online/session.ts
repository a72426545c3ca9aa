import { setTimeout as sleep } from 'node:timers/promises'
import { topicsOf, topicsOfAircraft } from '../../../protocols/dji-dock/topics.ts'
import type { Alarms } from './alarms.ts'
import { readAnswer } from './answers.ts'
import { createAsking, type Wait } from './asking.ts'
import { comeOnline, type Membership, reportTopology } from './come-online.ts'
import { createTelemetry } from './telemetry.ts'

export type SessionNeeds = {
  dockSn: string
  aircraftSn: string
  member: Membership
  aircraftOn: () => boolean
  mode: () => number
  isFlying: () => boolean
  firmware: () => Readonly<Record<'dock' | 'aircraft', string>>
  alarms: Pick<Alarms, 'say'>
  publish: (topic: string, payload: string, qos?: 0 | 1) => void
  subscribe: (topics: readonly string[]) => void
  now: () => number
  /** @default real time: periodic messages do not follow the pace of exports */
  wait?: Wait
  onStep: (step: string) => void
}

const realTime: Wait = (ms, signal) => sleep(ms, undefined, { signal, ref: false })

/**
 * A dock's session with its server over successive connections: it comes online, sends its periodic messages,
 * and starts over after a lost connection.
 */
export const createServerSession = (use: SessionNeeds) => {
  const { dockSn, aircraftSn, wait = realTime } = use
  const needs = { ...use, wait }
  const asking = createAsking(needs)
  const telemetry = createTelemetry(needs)
  const dock = topicsOf(dockSn)
  let current = new AbortController()
  let online = false
  const machines = () => ({ dockSn, aircraftSn, aircraftOn: use.aircraftOn() })

  /** Subscribed only if the topology allows it: a server that knows another aircraft may refuse, once. */
  const listenForAircraft = (): void => {
    if (use.aircraftOn()) use.subscribe(topicsOfAircraft(aircraftSn).received)
  }

  return {
    /** Its topics besides commands. */
    topics: [dock.requestsReply, dock.statusReply],

    isOnline: () => online,

    /**
     * Called after each connect. Resolves when the dock is online.
     * @throws BadAnswer: a real dock disconnects, and so should the caller.
     */
    begin: async (): Promise<void> => {
      current.abort()
      current = new AbortController()
      const stop = current.signal
      online = false
      await comeOnline(asking, machines(), use.member, { stop, onStep: use.onStep })
      online = true
      listenForAircraft()
      void telemetry.run(stop)
    },

    /** Called when the connection is lost, or the dock is switched off. */
    lost: (): void => {
      current.abort()
      online = false
    },

    /** Called when the aircraft woke or went to sleep. */
    aircraftChanged: async (): Promise<void> => {
      if (!online) return
      await reportTopology(asking, machines(), current.signal)
      listenForAircraft()
    },

    /** Called when the aircraft has restarted. */
    aircraftRestarted: (): void => {
      if (online && use.aircraftOn()) telemetry.aircraftRestarted()
    },

    received: (topic: string, payload: string): void => {
      if (topic === dock.requestsReply || topic === dock.statusReply) asking.received(payload)
      else if (topic === topicsOf(aircraftSn).stateReply)
        telemetry.acknowledged(readAnswer(payload)?.tid ?? '')
    },
  }
}

export type ServerSession = ReturnType<typeof createServerSession>
