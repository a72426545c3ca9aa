import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, type Table, unlessRefused } from './dynamodb.ts'
import { dockKey, foreignKey } from './keys.ts'
import { type Fleets, includes, listKeys, type Page, type PageRequest, readAll, readListed } from './pages.ts'
import { placing, replaceSettings } from './settings.ts'

/** Registered docks: pk `DOCK#{dockSn}`, sk `DOCK`. */

const Item = z.object({
  dockSn: z.string(),
  fleet: z.string(),
  name: z.optional(z.string()),
  aircraftSn: z.optional(z.string()),
  createdAt: z.number(),
  activeUpload: z.optional(z.string()),
  latestUpload: z.optional(z.string()),
  latestListing: z.optional(z.string()),
})

/** `activeUpload` holds the dock's one slot; `latestUpload` and `latestListing` tell where it was heard last. */
export type Dock = z.infer<typeof Item>

export type DockSettings = {
  name?: string | undefined
  aircraftSn?: string | undefined
  fleet?: string | undefined
}

const Foreign = z.object({ objectKey: z.string(), seenAt: z.number() })
export type ForeignExport = z.infer<typeof Foreign>

export const dockStore = (table: Table) => ({
  /**
   * Registers a dock or replaces its settings. Undefined when the dock exists in a fleet that the caller may not touch.
   * Repeating it changes nothing.
   */
  register: async (
    dockSn: string,
    { name, aircraftSn, fleet }: DockSettings,
    fleets: Fleets,
    now: number,
  ): Promise<Dock | undefined> => {
    const place = placing(fleet)
    const settings = { ...place.settings, name, aircraftSn, dockSn, kind: 'dock', kindKey: dockSn }
    const once = { ...place.once, createdAt: now }
    const item = await replaceSettings(table, dockKey(dockSn), settings, once, fleets)
    return item && Item.parse(item)
  },

  /** The dock, if it is registered and in one of the fleets. */
  find: async (dockSn: string, fleets: Fleets): Promise<Dock | undefined> => {
    const { Item: item } = await table.client.send(
      new GetCommand({ TableName: table.name, Key: dockKey(dockSn), ConsistentRead: true }),
    )
    const dock = item && Item.parse(item)
    return dock && includes(fleets, dock.fleet) ? dock : undefined
  },

  /** By serial number. */
  list: async (fleets: Fleets, request: PageRequest): Promise<Page<Dock>> => {
    const query = { kind: 'dock' as const, fleets }
    const { items, next } = await listKeys(table, query, request)
    return { items: (await readListed(table, query, items)).map((item) => Item.parse(item)), next }
  },

  /** The newest export of another platform that was seen on each of these docks. */
  foreignExports: async (dockSns: readonly string[]): Promise<Map<string, ForeignExport>> => {
    const items = await readAll(table, dockSns.map(foreignKey))
    return new Map(
      dockSns.flatMap((dockSn, n) => (items[n] ? [[dockSn, Foreign.parse(items[n])] as const] : [])),
    )
  },

  /** Keeps the newest sighting; an older or repeated one changes nothing. */
  sawForeignExport: async (dockSn: string, { objectKey, seenAt }: ForeignExport): Promise<void> => {
    await unlessRefused(
      table.client.send(
        new PutCommand({
          TableName: table.name,
          Item: {
            ...foreignKey(dockSn),
            expiresAt: expiry(seenAt, table.retention.rejected),
            objectKey: shownKey(objectKey),
            seenAt,
          },
          ConditionExpression: 'attribute_not_exists(pk) OR seenAt < :seenAt',
          ExpressionAttributeValues: { ':seenAt': seenAt },
        }),
      ),
    )
  },
})

/** A signed address has its signature behind the path: that is nobody's to see. */
const shownKey = (key: string): string =>
  key
    .replace(/[?#].*$/s, '')
    .slice(0, 500)
    .toWellFormed()
