import { expiry, type Table, writeTogether } from '../table/client.ts'
import { deviceKey, seenKey, traitsKey } from '../table/keys.ts'
import { updateOf } from '../table/update.ts'
import type { Device } from './devices.ts'

/**
 * Removes a device from all lists, with its traits and its last sign. Its attempts and reports stay until
 * they expire, and count in their campaigns as before. So its hot item stays too: it has the newest attempt,
 * and the fleet. False: the device has changed since it was read.
 */
export const removeDevice = async (
  table: Table,
  { deviceId, fleet, rev }: Device,
  at: number,
): Promise<boolean> => {
  const none = { registeredAt: undefined, parentId: undefined, dueKind: undefined, checkAt: undefined }
  const set = {
    kind: undefined,
    kindKey: undefined,
    ...none,
    expiresAt: expiry(at, table.retention.upgrades),
  }
  const deletionOf = (Key: ReturnType<typeof deviceKey>) => ({ Delete: { TableName: table.name, Key } })
  const refused = await writeTogether(table, {
    device: {
      Update: {
        TableName: table.name,
        Key: deviceKey(deviceId),
        ...updateOf({
          set,
          add: { rev: 1 },
          values: { ':fleet': fleet, ...(rev === 0 ? {} : { ':rev': rev }) },
        }),
        ConditionExpression: [
          'attribute_exists(kind) AND fleet = :fleet',
          rev === 0 ? 'attribute_not_exists(rev)' : 'rev = :rev',
        ].join(' AND '),
      },
    },
    traits: deletionOf(traitsKey(deviceId)),
    seen: deletionOf(seenKey(deviceId)),
  })
  return refused === undefined
}
