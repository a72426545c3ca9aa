import { GetCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { modules } from '../../protocols/dji-remote-log/facts.ts'
import { expiry, type Table, writeTogether } from '../table/client.ts'
import { type Fleets, includes } from '../table/fleets.ts'
import { dockKey, foreignKey, heardKey, logsKey, removedKey } from '../table/keys.ts'
import { type Dock, dockIn } from './store.ts'

/**
 * Removed docks. A row in the dock's partition, pk `DOCK#{dockSn}`, sk `REMOVED`, holds the fleet of its
 * records for as long as any of them is kept. If the dock is registered again, the registration takes
 * precedence.
 */

const Removed = z.object({ dockSn: z.string(), fleet: z.string() })

/** The part of a dock that its records need: which fleet may see them. */
export type Placed = z.infer<typeof Removed>

export const removedDocks = (table: Table) => ({
  /**
   * The dock, if it is or was registered in one of the fleets, to read its records. A dock of another fleet
   * takes the same reads as an unknown one.
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
   * Removes the dock, with its last signs. Its records stay, and so does its presence, as for any
   * unregistered dock. False: the dock has changed since it was read.
   */
  remove: async (
    { dockSn, fleet, latestUpload }: Dock,
    { at, by }: { at: number; by: string },
  ): Promise<boolean> => {
    const deletionOf = (Key: ReturnType<typeof dockKey>) => ({ Delete: { TableName: table.name, Key } })
    // Every upload that takes the dock's slot becomes its latest.
    const isAsRead =
      latestUpload === undefined ? 'attribute_not_exists(latestUpload)' : 'latestUpload = :latest'
    const refused = await writeTogether(table, {
      dock: {
        Delete: {
          ...deletionOf(dockKey(dockSn)).Delete,
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
      heard: deletionOf(heardKey(dockSn)),
      foreign: deletionOf(foreignKey(dockSn)),
      ...Object.fromEntries(
        modules.map((module) => [`logs of ${module}`, deletionOf(logsKey(dockSn, module))]),
      ),
    })
    return refused === undefined
  },
})
