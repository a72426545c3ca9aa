import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import type { ArchiveAddress } from '../../storage/object-key.ts'
import { expiry, type Table, unlessRefused } from '../../table/client.ts'
import { storedObjectKey, storedObjectPrefix } from '../../table/keys.ts'
import { readStoredObject, type StoredObject } from '../registers.ts'

/**
 * Objects that storage told of, a row each, earliest first. An upload's own item keeps two of an archive;
 * where neither is what the dock says, it is looked for here. Whoever has what a dock was lent may put
 * thousands: of those beyond a few the newest alone is kept, and what is as the dock says.
 */

/** Rows of an archive that are kept for being told of early. */
const mostKept = 16
/** Behind all others: those begin with a digit. */
const newestPlace = '~'

/** `order` sorts the objects of an archive by age. */
export type Told = { order: string; object: StoredObject }

export const storedObjects = (table: Table) => {
  const put = async (archive: ArchiveAddress, place: string, object: StoredObject) => {
    const { dockSn, uploadId, module } = archive
    const isNewest = place === newestPlace
    await unlessRefused(
      table.client.send(
        new PutCommand({
          TableName: table.name,
          Item: {
            ...storedObjectKey(dockSn, uploadId, module, place),
            ...object,
            expiresAt: expiry(object.at, table.retention.uploads),
          },
          // The order of an object is that of a register that keeps the earliest.
          ...(isNewest && {
            ConditionExpression: 'attribute_not_exists(pk) OR #order > :order',
            ExpressionAttributeNames: { '#order': 'order' },
            ExpressionAttributeValues: { ':order': object.order },
          }),
        }),
      ),
    )
  }

  const of = async ({ dockSn, uploadId, module }: ArchiveAddress): Promise<StoredObject[]> => {
    const { pk } = storedObjectKey(dockSn, uploadId, module, '')
    const { Items = [] } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :of)',
        ExpressionAttributeValues: { ':pk': pk, ':of': storedObjectPrefix(uploadId, module) },
        ConsistentRead: true,
        Limit: mostRead,
      }),
    )
    return Items.map(readStoredObject)
  }

  return {
    of,

    /**
     * Keeps objects, earliest first, as far as there is room, and of the rest the newest. The same objects again
     * are the same rows. Resolves to those for which there was no room.
     */
    keep: async (archive: ArchiveAddress, told: readonly Told[]): Promise<readonly Told[]> => {
      const known = await of(archive)
      const fresh = told.filter(({ object }) => !known.some(({ order }) => order === object.order))
      const room = Math.max(0, mostKept - known.length)
      const beyond = fresh.slice(room)
      for (const { order, object } of fresh.slice(0, room)) await put(archive, order, object)
      const newest = beyond.at(-1)
      if (newest) await put(archive, newestPlace, newest.object)
      return beyond
    },

    /** Keeps an object though there is no room: one that is as the dock says. */
    add: (archive: ArchiveAddress, { order, object }: Told): Promise<void> => put(archive, order, object),
  }
}

/** More than can be kept, unless several copies of the function keep at once. */
const mostRead = 100
