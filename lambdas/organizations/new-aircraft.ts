import { expiry, type Table } from '../table/client.ts'
import { newAircraftKey } from '../table/keys.ts'
import { isNew } from './decide-bind.ts'
import type { KnownOfDock } from './known.ts'

/**
 * Keeps which aircraft a dock named for the first time within a day: a dock has one, and one that goes through
 * many is none. Undefined where there is nothing to keep.
 */
export const newAircraftPart = (
  table: Table,
  { dockSn, known, sns, now }: { dockSn: string; known: KnownOfDock; sns: readonly string[]; now: number },
) => {
  const fresh = sns.filter((sn) => isNew(dockSn, sn, known.aircraft.get(sn), known.newAircraft))
  if (fresh.length === 0) return undefined
  const { rev } = known.tally
  return {
    Put: {
      TableName: table.name,
      Item: {
        ...newAircraftKey(dockSn),
        rev: rev + 1,
        seen: [...known.newAircraft, ...fresh.map((sn) => ({ sn, at: now }))],
        expiresAt: expiry(now, 2),
      },
      // Two at the same moment would each count for nothing.
      ConditionExpression: 'attribute_not_exists(pk) OR rev = :rev',
      ExpressionAttributeValues: { ':rev': rev },
    },
  }
}
