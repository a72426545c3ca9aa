import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import type { Module } from '../../../protocols/dji-remote-log/facts.ts'
import type { ArchiveAddress } from '../../storage/object-key.ts'
import { expiry, type Table } from '../../table/client.ts'
import { storedObjectKey, storedObjectPrefix } from '../../table/keys.ts'
import { readStoredObject, type StoredObject } from '../registers.ts'

/**
 * Every object that storage told of, a row each, earliest first. An upload's own item keeps two of an
 * archive; where neither is what the dock says, it is looked for here.
 */

/**
 * Of more objects than these under one key the later ones are not looked at: none of them is the dock's first
 * try.
 */
const mostLookedAt = 100

export const storedObjects = (table: Table) => ({
  /** `order` sorts the objects of an archive by age. The same object again is the same row. */
  add: async (
    { dockSn, uploadId, module }: ArchiveAddress,
    order: string,
    object: StoredObject,
  ): Promise<void> => {
    const Item = {
      ...storedObjectKey(dockSn, uploadId, module, order),
      ...object,
      expiresAt: expiry(object.at, table.retention.uploads),
    }
    await table.client.send(new PutCommand({ TableName: table.name, Item }))
  },

  of: async (dockSn: string, uploadId: string, module: Module): Promise<StoredObject[]> => {
    const { pk } = storedObjectKey(dockSn, uploadId, module, '')
    const { Items = [] } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :of)',
        ExpressionAttributeValues: { ':pk': pk, ':of': storedObjectPrefix(uploadId, module) },
        ConsistentRead: true,
        Limit: mostLookedAt,
      }),
    )
    return Items.map(readStoredObject)
  },
})
