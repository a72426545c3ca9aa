import { DeleteCommand, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { isRefused, type Table, unlessRefused } from '../table/client.ts'
import { type Fleets, includes } from '../table/fleets.ts'
import { collectionKeys } from '../table/keys.ts'
import { listKeys, type Page, type PageRequest, readNamed } from '../table/pages.ts'
import { updateOf } from '../table/update.ts'
import { LogRule, When } from './rules/shapes.ts'

/** Collections in the table: pk `COLLECTION#{id}`, sk `COLLECTION`. All times epoch ms. */

const Item = z.object({
  id: z.string(),
  name: z.optional(z.string()),
  enabled: z.boolean(),
  fleet: z.optional(z.string()),
  docks: z.optional(z.array(z.string())),
  when: z.optional(When),
  logs: LogRule,
  finishWithinSeconds: z.number(),
  atOnce: z.number(),
  wakeAircraft: z.boolean(),
  retries: z.number(),
  createdAt: z.number(),
  createdBy: z.string(),
  changedAt: z.number(),
  checkAt: z.optional(z.number()),
})

/**
 * `fleet`: the fleet of its docks; for named docks, only if all are in one. `checkAt`: its next daily run.
 */
export type Collection = z.infer<typeof Item>
export type CollectionSettings = Omit<Collection, 'id' | 'createdAt' | 'createdBy' | 'changedAt'>

/**
 * Partition of the index `due`: daily runs, starts whose docks are being processed, and turns that runs wait
 * for.
 */
export const collectionDueKind = 'collection'

/** Each alarm reads all collections: more would make alarms expensive. */
export const maxCollections = 100

/** A caller limited to fleets sees their collections; a collection without a fleet may affect any fleet. */
export const isVisible = ({ fleet }: Pick<Collection, 'fleet'>, fleets: Fleets): boolean =>
  fleets === 'all' || (fleet !== undefined && includes(fleets, fleet))

export const collectionStore = (table: Table) => {
  const get = async (id: string): Promise<Collection | undefined> => {
    const { Item: item } = await table.client.send(
      new GetCommand({ TableName: table.name, Key: collectionKeys.settings(id), ConsistentRead: true }),
    )
    return item && Item.parse(item)
  }

  const list = async (fleets: Fleets, request: PageRequest): Promise<Page<Collection>> => {
    const { items, next } = await listKeys(table, { kind: 'collection', fleets }, request)
    const found = (await readNamed(table, items)).flatMap((item) => (item ? [Item.parse(item)] : []))
    return { items: found.filter((one) => isVisible(one, fleets)), next }
  }

  return {
    get,
    list,

    /** All enabled collections: at most `maxCollections`, unless several were created at the same moment. */
    enabled: async (): Promise<Collection[]> => {
      const { items } = await list('all', { limit: maxCollections })
      return items.filter(({ enabled }) => enabled)
    },

    /**
     * Creates a collection or replaces its settings. A repeat changes only `changedAt`. Undefined: it exists,
     * and the caller may not change it.
     */
    put: async (
      id: string,
      settings: CollectionSettings,
      { fleets, by, now }: { fleets: Fleets; by: string; now: number },
    ): Promise<Collection | undefined> => {
      const { name, fleet, docks, when, checkAt } = settings
      const set = {
        ...settings,
        name,
        fleet,
        docks,
        when,
        checkAt,
        id,
        kind: 'collection',
        kindKey: id,
        changedAt: now,
        dueKind: checkAt === undefined ? undefined : collectionDueKind,
      }
      const own = fleets === 'all' ? [] : fleets.map((of, n) => [`:own${n}`, of] as const)
      const once = { createdAt: now, createdBy: by }
      const outcome = await unlessRefused(
        table.client.send(
          new UpdateCommand({
            TableName: table.name,
            Key: collectionKeys.settings(id),
            ...updateOf({ set, once, values: Object.fromEntries(own) }),
            ...(fleets === 'all'
              ? {}
              : {
                  ConditionExpression: `attribute_not_exists(pk) OR #fleet IN (${own.map(([of]) => of).join(', ')})`,
                }),
            ReturnValues: 'ALL_NEW',
          }),
        ),
      )
      return isRefused(outcome) ? undefined : Item.parse(outcome.Attributes)
    },

    /** Idempotent. */
    delete: async (id: string): Promise<void> => {
      await table.client.send(new DeleteCommand({ TableName: table.name, Key: collectionKeys.settings(id) }))
    },

    /** Sets its next daily run, if `checkAt` is still as it was read. */
    setNextRun: async ({ id, checkAt }: Collection, next: number): Promise<void> => {
      await unlessRefused(
        table.client.send(
          new UpdateCommand({
            TableName: table.name,
            Key: collectionKeys.settings(id),
            ...updateOf({ set: { checkAt: next }, values: { ':read': checkAt } }),
            ConditionExpression: 'checkAt = :read',
          }),
        ),
      )
    },
  }
}
