import { expiry, type Table } from '../table/client.ts'
import { newAircraftKey } from '../table/keys.ts'
import { isNew } from './decide-bind.ts'
import type { KnownOfDock } from './known.ts'

/**
 * Records which aircraft a dock first named within the last day: a dock has one, and a client that names many
 * is not a dock. Undefined: nothing to write.
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
      // Otherwise concurrent writes would miss each other's aircraft.
      ConditionExpression: 'attribute_not_exists(pk) OR rev = :rev',
      ExpressionAttributeValues: { ':rev': rev },
    },
  }
}
