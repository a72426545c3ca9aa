import { expiry, type Table, writeTogether } from '../table/client.ts'
import { deviceKey, seenKey, traitsKey } from '../table/keys.ts'
import { updateOf } from '../table/update.ts'
import type { Device } from './devices.ts'

/**
 * Takes a device out of all lists, with what operators said of it and what was seen of it last. Its attempts and
 * reports stay until their time, and count in their campaigns as before; so its hot item stays, which has the newest
 * of them and says whose they are. False: the device is not as it was read any more.
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
  const gone = (Key: ReturnType<typeof deviceKey>) => ({ Delete: { TableName: table.name, Key } })
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
    traits: gone(traitsKey(deviceId)),
    seen: gone(seenKey(deviceId)),
  })
  return refused === undefined
}
