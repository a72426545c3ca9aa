import * as z from 'zod/mini'
import { type FlightEnd, flightOutcomes } from '../../protocols/dji-alarms/facts.ts'
import { expiry, type Table, writeTogether } from '../table/client.ts'
import { flightKey, flightsOfHourKey } from '../table/keys.ts'
import { updateOf } from '../table/update.ts'

/**
 * Flights that have ended: pk `DOCK#{dockSn}`, sk `FLIGHT#{flightId}`. They exist to publish each end once,
 * not as a flight log: flights without an id share one row, which has the newest. So two of them that end
 * within `sameEndMs` are published as one.
 */

export const StoredFlight = z.object({
  dockSn: z.string(),
  fleet: z.string(),
  aircraftSn: z.optional(z.string()),
  flightId: z.optional(z.string()),
  outcome: z.enum(flightOutcomes),
  endedAt: z.number(),
})
export type StoredFlight = z.infer<typeof StoredFlight>

/**
 * Reports within this time, in ms, repeat the same end; a later one means that a task with the same id was
 * flown again.
 */
const sameEndMs = 10 * 60_000

/**
 * The most flights of a dock that end in an hour of the clock: more than it can fly. Each end is an event,
 * which goes to webhooks and may start collections.
 */
export const maxFlightsAnHour = 60
const hourMs = 60 * 60_000

export const flightStore = (table: Table) => ({
  /**
   * Records the end of a flight. The first report counts; a repeat, or an older one, changes nothing. False:
   * too many flights have ended in this hour.
   */
  ended: async (
    { dockSn, fleet, aircraftSn }: Pick<StoredFlight, 'dockSn' | 'fleet' | 'aircraftSn'>,
    { flightId, outcome }: FlightEnd,
    endedAt: number,
  ): Promise<boolean> => {
    const refused = await writeTogether(table, {
      flight: {
        Put: {
          TableName: table.name,
          Item: {
            ...flightKey(dockSn, flightId ?? ''),
            dockSn,
            fleet,
            aircraftSn,
            flightId,
            outcome,
            endedAt,
            expiresAt: expiry(endedAt, table.retention.commands),
          },
          ConditionExpression: 'attribute_not_exists(pk) OR endedAt < :before',
          ExpressionAttributeValues: { ':before': endedAt - sameEndMs },
        },
      },
      hour: {
        Update: {
          TableName: table.name,
          Key: flightsOfHourKey(dockSn, Math.floor(endedAt / hourMs)),
          ...updateOf({
            set: { expiresAt: expiry(endedAt, 1) },
            add: { flights: 1 },
            values: { ':most': maxFlightsAnHour },
          }),
          ConditionExpression: 'attribute_not_exists(pk) OR #flights < :most',
        },
      },
    })
    return !refused?.hour || refused.flight !== undefined
  },
})
