import { setTimeout as sleep } from 'node:timers/promises'
import { topicsOf, topicsOfAircraft } from '../../protocols/dji-dock/topics.ts'
import type { Alarms } from './alarms.ts'
import { readAnswer } from './answers.ts'
import { createAsking, type Wait } from './asking.ts'
import { comeOnline, type Membership, tellTopology } from './come-online.ts'
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
  /** @default real time: what a dock sends by itself does not follow the pace of its exports */
  wait?: Wait
  told: (step: string) => void
}

const realTime: Wait = (ms, signal) => sleep(ms, undefined, { signal, ref: false })

/**
 * A dock's life with its server on one connection after the other: it comes online, sends what it sends all day, and
 * begins anew when the connection was lost.
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

  /** Where only the topology lets it: a server that was told of another aircraft may refuse, once. */
  const listenForAircraft = (): void => {
    if (use.aircraftOn()) use.subscribe(topicsOfAircraft(aircraftSn).received)
  }

  return {
    /** What it listens to besides commands. */
    topics: [dock.requestsReply, dock.statusReply],

    isOnline: () => online,

    /**
     * After each connection. Resolves when the dock is online.
     * @throws BadAnswer: a real dock leaves, and so should the caller.
     */
    begin: async (): Promise<void> => {
      current.abort()
      current = new AbortController()
      const stop = current.signal
      online = false
      await comeOnline(asking, machines(), use.member, { stop, told: use.told })
      online = true
      listenForAircraft()
      void telemetry.run(stop)
    },

    /** The connection is lost, or the dock is switched off. */
    lost: (): void => {
      current.abort()
      online = false
    },

    /** The aircraft woke or went to sleep. */
    aircraftChanged: async (): Promise<void> => {
      if (!online) return
      await tellTopology(asking, machines(), current.signal)
      listenForAircraft()
    },

    /** The aircraft is back after it restarted. */
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
