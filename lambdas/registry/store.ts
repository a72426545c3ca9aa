import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, type Table, unlessRefused } from '../table/client.ts'
import { type Fleets, includes } from '../table/fleets.ts'
import { dockKey, foreignKey, heardKey } from '../table/keys.ts'
import { cursorOf, listKeys, type Page, type PageRequest, readAll, readListed } from '../table/pages.ts'
import { changeSettings, type NotReplaced, placing, replaceSettings } from '../table/settings.ts'

/** Registered docks: pk `DOCK#{dockSn}`, sk `DOCK`. */

const Item = z.object({
  dockSn: z.string(),
  fleet: z.string(),
  name: z.optional(z.string()),
  aircraftSn: z.optional(z.string()),
  createdAt: z.number(),
  organizationId: z.optional(z.string()),
  boundAt: z.optional(z.number()),
  connectedAircraftSn: z.optional(z.string()),
  activeUpload: z.optional(z.string()),
  latestUpload: z.optional(z.string()),
})

/**
 * `activeUpload` holds the dock's one slot; `latestUpload` is needed for when the dock was last heard;
 * `connectedAircraftSn` is the aircraft as the dock reports it, `aircraftSn` as a person registered it.
 */
export type Dock = z.infer<typeof Item>

export type DockSettings = {
  name?: string | undefined
  aircraftSn?: string | undefined
  fleet?: string | undefined
}

/** Null removes a setting; a dock is always in a fleet. */
type DockChange = {
  name?: string | null | undefined
  aircraftSn?: string | null | undefined
  fleet?: string | undefined
}

const Foreign = z.object({ objectKey: z.string(), seenAt: z.number(), ended: z.optional(z.boolean()) })
export type ForeignExport = z.infer<typeof Foreign>

/** An export for another platform is reported every few seconds while it runs. */
const foreignRunsMs = 3 * 60_000

/**
 * Whether an export for another platform is running, as far as is known: it has not ended or fallen silent.
 */
export const isForeignRunning = (foreign: ForeignExport | undefined, now: number): boolean =>
  foreign !== undefined && !foreign.ended && now < foreign.seenAt + foreignRunsMs

const Heard = z.object({ at: z.number() })

/**
 * When a dock was heard, apart from its uploads: the time of its newest listing, epoch ms, and its newest
 * export for another platform.
 */
export type Signs = { listedAt?: number | undefined; foreign?: ForeignExport | undefined }

export const readDock = (item: unknown): Dock => Item.parse(item)

/** The dock that an item holds, if it is in one of the fleets. */
export const dockIn = (fleets: Fleets, item: unknown): Dock | undefined => {
  const dock = item === undefined ? undefined : readDock(item)
  return dock && includes(fleets, dock.fleet) ? dock : undefined
}

/** Parses the items of the newest listing and of an export for another platform. */
export const signsOf = (heard: unknown, foreign: unknown): Signs => ({
  listedAt: heard === undefined ? undefined : Heard.parse(heard).at,
  foreign: foreign === undefined ? undefined : Foreign.parse(foreign),
})

/** The cursor that continues a list after this dock. */
export const cursorAfter = ({ dockSn }: Pick<Dock, 'dockSn'>): string =>
  cursorOf({ kindKey: dockSn, ...dockKey(dockSn) })

export const dockStore = (table: Table) => ({
  /**
   * Registers a dock, which needs all fleets, or replaces its settings. Undefined: the dock is not in the
   * caller's fleets, or would leave its fleet. Idempotent.
   */
  register: async (
    dockSn: string,
    settings: DockSettings,
    fleets: Fleets,
    now: number,
  ): Promise<Dock | undefined> => {
    const dock = await put(table, dockSn, { ...settings, now }, fleets)
    return typeof dock === 'string' ? undefined : dock
  },

  /** Registers a dock unless it is registered already. */
  registerNew: (
    dockSn: string,
    settings: DockSettings,
    fleets: Fleets,
    now: number,
  ): Promise<Dock | NotReplaced> => put(table, dockSn, { ...settings, now, onlyIfNew: true }, fleets),

  /**
   * Changes the given settings; null removes one. Undefined: the dock is not in the caller's fleets, or would
   * leave its fleet. Idempotent.
   */
  change: async (dockSn: string, settings: DockChange, fleets: Fleets): Promise<Dock | undefined> => {
    const item = await changeSettings(table, dockKey(dockSn), { ...settings, dockSn }, fleets)
    return item && Item.parse(item)
  },

  /** The dock, if it is registered and in one of the fleets. */
  find: async (dockSn: string, fleets: Fleets): Promise<Dock | undefined> => {
    const { Item: item } = await table.client.send(
      new GetCommand({ TableName: table.name, Key: dockKey(dockSn), ConsistentRead: true }),
    )
    return dockIn(fleets, item)
  },

  /** By serial number. */
  list: async (fleets: Fleets, request: PageRequest): Promise<Page<Dock>> => {
    const query = { kind: 'dock' as const, fleets }
    const { items, next } = await listKeys(table, query, request)
    return { items: (await readListed(table, query, items)).map(readDock), next }
  },

  /**
   * The signs of these docks, in this order. The items are small, whereas a listing may have hundreds of
   * logs.
   */
  signs: async (dockSns: readonly string[], consistent = false): Promise<Signs[]> => {
    const items = await readAll(table, [...dockSns.map(heardKey), ...dockSns.map(foreignKey)], consistent)
    return dockSns.map((_, n) => signsOf(items[n], items[dockSns.length + n]))
  },

  /**
   * Keeps the newest report, and of two at the same time the end; an older or repeated one changes nothing.
   */
  sawForeignExport: async (dockSn: string, { objectKey, seenAt, ended }: ForeignExport): Promise<void> => {
    await unlessRefused(
      table.client.send(
        new PutCommand({
          TableName: table.name,
          Item: {
            ...foreignKey(dockSn),
            expiresAt: expiry(seenAt, table.retention.rejected),
            objectKey: shownKey(objectKey),
            seenAt,
            ...(ended ? { ended } : {}),
          },
          ConditionExpression: `attribute_not_exists(pk) OR seenAt ${ended ? '<=' : '<'} :seenAt`,
          ExpressionAttributeValues: { ':seenAt': seenAt },
        }),
      ),
    )
  },
})

const put = async (
  table: Table,
  dockSn: string,
  { name, aircraftSn, fleet, now, onlyIfNew = false }: DockSettings & { now: number; onlyIfNew?: boolean },
  fleets: Fleets,
): Promise<Dock | NotReplaced> => {
  const place = placing(fleet)
  const settings = { ...place.settings, name, aircraftSn, dockSn, kind: 'dock', kindKey: dockSn }
  const once = { ...place.once, createdAt: now }
  const item = await replaceSettings(table, dockKey(dockSn), { settings, once, onlyIfNew }, fleets)
  return typeof item === 'string' ? item : Item.parse(item)
}

/** Records that a dock sent a listing. Keeps the newest time; an older or repeated one changes nothing. */
export const keepHeard = async (table: Table, dockSn: string, at: number): Promise<void> => {
  await unlessRefused(
    table.client.send(
      new PutCommand({
        TableName: table.name,
        Item: { ...heardKey(dockSn), at },
        ConditionExpression: 'attribute_not_exists(pk) OR #at < :at',
        ExpressionAttributeNames: { '#at': 'at' },
        ExpressionAttributeValues: { ':at': at },
      }),
    ),
  )
}

/** A signed URL has its signature in the query, which must not be shown. */
const shownKey = (key: string): string =>
  key
    .replace(/[?#].*$/s, '')
    .slice(0, 500)
    .toWellFormed()
