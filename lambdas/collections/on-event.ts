import * as z from 'zod/mini'
import { eachOf } from '../runtime/each-of.ts'
import { advanceRun } from './engine.ts'
import type { EngineNeeds } from './engine-needs.ts'
import { openRun } from './open-run.ts'
import { alarmCause, concernsAlarm, concernsDock, flightCause, type RunCause } from './rules/causes.ts'
import type { RunAddress } from './run-store.ts'
import { serveTurns } from './serve-turns.ts'
import type { Collection, collectionStore } from './store.ts'

/**
 * Started asynchronously by each event that may be a cause for a collection, or lets one of its runs go on.
 * Events may repeat and come in any order: each is a cause, or a reason to read the current facts. A lost
 * event only delays a run, since the sweep looks too, except for alarms and flights, which nothing else
 * reports.
 */

export type OnEventNeeds = EngineNeeds & {
  collections: Pick<ReturnType<typeof collectionStore>, 'get' | 'enabled'>
}

const Time = z.pipe(
  z.string(),
  z.transform((text) => Date.parse(text)),
)
const Alarm = z.object({
  dockSn: z.string(),
  sn: z.string(),
  code: z.string(),
  level: z.enum(['notice', 'caution', 'warning']),
  imminent: z._default(z.boolean(), false),
  component: z.optional(z.number()),
  sensor: z.optional(z.number()),
  raisedAt: Time,
})
const Flight = z.object({ dockSn: z.string(), flightId: z.optional(z.string()), endedAt: Time })
const OfDock = z.object({ dockSn: z.string() })
const OfRun = z.object({ id: z.string(), collectionId: z.string() })

/** As EventBridge delivers it: `detail` is the CloudEvent. */
export const BusEvent = z.object({
  detail: z.object({ type: z.string(), data: z.object({ record: z.unknown() }) }),
})

export const onEvent =
  (use: OnEventNeeds) =>
  async (event: unknown): Promise<void> => {
    const { type, data } = BusEvent.parse(event).detail
    const now = use.now()
    switch (type) {
      case 'groundcrew.alarm.raised.v1': {
        const alarm = Alarm.parse(data.record)
        const isFor = ({ when }: Collection): boolean =>
          when !== undefined && 'alarm' in when && concernsAlarm(when.alarm, alarm)
        return collect(use, alarm.dockSn, alarmCause(alarm, now), isFor)
      }
      case 'groundcrew.flight.ended.v1': {
        const flight = Flight.parse(data.record)
        await collect(use, flight.dockSn, flightCause(flight, now), ({ when }) =>
          Boolean(when && 'afterFlight' in when),
        )
        // Other runs waited for the aircraft to land.
        return advanceAll(use, await use.runs.ofDock(flight.dockSn))
      }
      case 'groundcrew.collection.started.v1': {
        const { id: runId, collectionId } = OfRun.parse(data.record)
        return advanceAll(use, [{ collectionId, runId }])
      }
      default:
        return advanceAll(use, await use.runs.ofDock(OfDock.parse(data.record).dockSn))
    }
  }

const collect = async (
  use: OnEventNeeds,
  dockSn: string,
  cause: RunCause,
  isFor: (collection: Collection) => boolean,
): Promise<void> => {
  const dock = await use.docks.find(dockSn, 'all')
  if (!dock) return
  const concerned = (await use.collections.enabled()).filter((one) => isFor(one) && concernsDock(one, dock))
  await eachOf(concerned, runsAtOnce, async (collection) => {
    await advanceAll(use, [await openRun(use, collection, dock, cause)])
  })
}

const runsAtOnce = 10

/** Advances all of them, even if one fails. */
const advanceAll = async (use: OnEventNeeds, runs: readonly RunAddress[]): Promise<void> => {
  const ends = await Promise.allSettled(runs.map((one) => advanceAndServe(use, one)))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

/** Advances a run; if that frees its turn, waiting runs get it. */
export const advanceAndServe = async (use: EngineNeeds, address: RunAddress): Promise<void> => {
  const before = await use.runs.get(address)
  if (!before || before.phase === 'ended') return
  const run = await advanceRun(use, address)
  const freedTurn = before.phase !== 'waiting' && (run?.phase === 'ended' || run?.phase === 'waiting')
  if (freedTurn) await serveTurns(use, address.collectionId)
}
