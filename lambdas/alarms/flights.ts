import { PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { type FlightEnd, flightOutcomes } from '../../protocols/dji-alarms/facts.ts'
import { expiry, type Table, unlessRefused } from '../table/client.ts'
import { flightKey } from '../table/keys.ts'

/**
 * Flights that have ended: pk `DOCK#{dockSn}`, sk `FLIGHT#{flightId}`. They exist to publish each end once,
 * not as a flight log: flights without an id share one row, which has the newest.
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

export const flightStore = (table: Table) => ({
  /** Records the end of a flight. The first report counts; a repeat, or an older one, changes nothing. */
  ended: async (
    { dockSn, fleet, aircraftSn }: Pick<StoredFlight, 'dockSn' | 'fleet' | 'aircraftSn'>,
    { flightId, outcome }: FlightEnd,
    endedAt: number,
  ): Promise<void> => {
    await unlessRefused(
      table.client.send(
        new PutCommand({
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
        }),
      ),
    )
  },
})
