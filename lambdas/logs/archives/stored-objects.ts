import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import type { ArchiveAddress } from '../../storage/object-key.ts'
import { expiry, type Table, unlessRefused } from '../../table/client.ts'
import { storedObjectKey, storedObjectPrefix } from '../../table/keys.ts'
import { readStoredObject, type StoredObject } from '../registers.ts'

/**
 * Objects that storage reported, one row each, earliest first. An upload's own item keeps two objects of an
 * archive; if neither matches the dock's report, the match is searched here. A holder of the lent credentials
 * could put thousands of objects: beyond the first few, only the newest and the matching ones are kept.
 */

/** How many of the first reported objects of an archive are kept. */
const maxKept = 16
/** Sorts after all other rows, which begin with a digit. */
const newestPlace = '~'

/** `order` sorts the objects of an archive by age. */
export type ReportedObject = { order: string; object: StoredObject }

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
          // A greater order is an earlier object, as in a register that keeps the earliest.
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
        Limit: maxRead,
      }),
    )
    return Items.map(readStoredObject)
  }

  return {
    of,

    /**
     * Keeps objects, the earliest first, while there is room, and the newest of the rest. A repeat writes the
     * same rows. Resolves to the objects for which there was no room.
     */
    keep: async (
      archive: ArchiveAddress,
      reported: readonly ReportedObject[],
    ): Promise<readonly ReportedObject[]> => {
      const known = await of(archive)
      const fresh = reported.filter(({ object }) => !known.some(({ order }) => order === object.order))
      const room = Math.max(0, maxKept - known.length)
      const beyond = fresh.slice(room)
      for (const { order, object } of fresh.slice(0, room)) await put(archive, order, object)
      const newest = beyond.at(-1)
      if (newest) await put(archive, newestPlace, newest.object)
      return beyond
    },

    /** Keeps an object regardless of room: one that matches the dock's report. */
    add: (archive: ArchiveAddress, { order, object }: ReportedObject): Promise<void> =>
      put(archive, order, object),
  }
}

/** More rows than are kept, unless several instances write at once. */
const maxRead = 100
