import { GetCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { modules } from '../../protocols/dji-remote-log/facts.ts'
import { expiry, type Table, writeTogether } from '../table/client.ts'
import { dockKey, foreignKey, heardKey, logsKey, removedKey } from '../table/keys.ts'
import { type Fleets, includes } from '../table/pages.ts'
import { type Dock, dockIn } from './store.ts'

/**
 * Docks that were removed. In the dock's place stays a row, pk `DOCK#{dockSn}`, sk `REMOVED`, which says whose its
 * records are, for as long as any of them is kept. Where a dock is registered again, that counts.
 */

const Removed = z.object({ dockSn: z.string(), fleet: z.string() })

/** A dock as far as its records need it: which fleet may see them. */
export type Placed = z.infer<typeof Removed>

export const removedDocks = (table: Table) => ({
  /**
   * The dock, if it is or was registered in one of the fleets: for reading what it left. One of another fleet
   * costs what one costs that nobody knows.
   */
  find: async (dockSn: string, fleets: Fleets): Promise<Placed | undefined> => {
    const read = async (Key: ReturnType<typeof dockKey>) =>
      (await table.client.send(new GetCommand({ TableName: table.name, Key, ConsistentRead: true }))).Item
    const item = await read(dockKey(dockSn))
    const dock = dockIn(fleets, item)
    if (dock) return dock
    const left = await read(removedKey(dockSn))
    const removed = item === undefined && left ? Removed.parse(left) : undefined
    return removed && includes(fleets, removed.fleet) ? removed : undefined
  },

  /**
   * Takes the dock away, with what was known of it last; its records stay, and presence, as of any dock that nobody
   * registered. False: it is not as it was read any more.
   */
  remove: async (
    { dockSn, fleet, latestUpload }: Dock,
    { at, by }: { at: number; by: string },
  ): Promise<boolean> => {
    const gone = (Key: ReturnType<typeof dockKey>) => ({ Delete: { TableName: table.name, Key } })
    // Whatever takes the dock's slot is its latest upload.
    const isAsRead =
      latestUpload === undefined ? 'attribute_not_exists(latestUpload)' : 'latestUpload = :latest'
    const refused = await writeTogether(table, {
      dock: {
        Delete: {
          ...gone(dockKey(dockSn)).Delete,
          ConditionExpression: `fleet = :fleet AND ${isAsRead}`,
          ExpressionAttributeValues: {
            ':fleet': fleet,
            ...(latestUpload === undefined ? {} : { ':latest': latestUpload }),
          },
        },
      },
      removed: {
        Put: {
          TableName: table.name,
          Item: {
            ...removedKey(dockSn),
            dockSn,
            fleet,
            removedAt: at,
            removedBy: by,
            expiresAt: expiry(at, Math.max(...Object.values(table.retention))),
          },
        },
      },
      heard: gone(heardKey(dockSn)),
      foreign: gone(foreignKey(dockSn)),
      ...Object.fromEntries(modules.map((module) => [`logs of ${module}`, gone(logsKey(dockSn, module))])),
    })
    return refused === undefined
  },
})
