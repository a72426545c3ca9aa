import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, isRefused, type Table, unlessRefused } from '../table/client.ts'
import { type Fleets, includes } from '../table/fleets.ts'
import { campaignKey } from '../table/keys.ts'
import { listKeys, type Page, type PageRequest, readNamed } from '../table/pages.ts'
import { updateOf } from '../table/update.ts'
import { defaultProveSeconds } from '../upgrades/state.ts'
import { CampaignSummary } from './counts.ts'
import { type CampaignSettings, campaignDueKind, type Maker, putCampaign } from './put.ts'
import { Rollout } from './rollout/rollout.ts'
import { Select } from './rollout/select.ts'
import { Pace, Window } from './rules/limits.ts'
import { Phase, Retry } from './rules/shapes.ts'

/**
 * Campaigns: many attempts together. pk `CAMPAIGN#{id}`; sk `CAMPAIGN` has the settings and the last count,
 * `DEVICE#{deviceId}` the devices in it. While the sweep has to look at a campaign it is due (`dueKind`);
 * after that it is kept as long as reports of upgrades (`expiresAt`).
 */

const Aborted = z.object({
  at: z.number(),
  by: z.string(),
  reason: z.enum(['operator', 'threshold']),
  finished: z.optional(z.number()),
  failed: z.optional(z.number()),
})
const Threshold = z.object({ failedPercent: z.number(), minimumFinished: z.number() })

const Item = z.object({
  id: z.string(),
  name: z.string(),
  package: z.enum(['firmware', 'software']),
  target: z.string(),
  timeoutSeconds: z.number(),
  proveSeconds: z._default(z.number(), defaultProveSeconds),
  fleet: z.optional(z.string()),
  abort: z.optional(Threshold),
  packageId: z.optional(z.string()),
  phases: z.optional(z.array(Phase)),
  window: z.optional(Window),
  pace: z.optional(Pace),
  retry: z.optional(Retry),
  select: z.optional(Select),
  rollout: z.optional(Rollout),
  settingsRev: z.optional(z.number()),
  madeBy: z.optional(z.string()),
  changers: z.optional(z.array(z.string())),
  changedBy: z.optional(z.string()),
  createdAt: z.number(),
  requestedBy: z.string(),
  addedAt: z.optional(z.number()),
  aborted: z.optional(Aborted),
  deleted: z.optional(z.object({ at: z.number(), by: z.string() })),
  summary: z.optional(z.extend(CampaignSummary, { countedAt: z.number() })),
  dueKind: z.optional(z.string()),
  expiresAt: z.optional(z.number()),
})

/**
 * - `addedAt`: when devices were last added
 * - `aborted`: why and when it was aborted; `finished` and `failed` are the numbers compared with the
 *   threshold
 * - `summary`: the devices as the sweep last counted them; `dueKind`: the sweep still looks at it
 * - `packageId`: it drives its devices; then it has phases, and `rollout` holds its progress
 * - `settingsRev`: counts changes of settings
 * - `madeBy`, `changers`: ids of the callers who determined its settings, none of whom may approve it;
 *   `changedBy`: the last of them, in older items
 */
export type Campaign = z.infer<typeof Item>
export const readCampaign = (item: unknown): Campaign => Item.parse(item)
export type Aborted = z.infer<typeof Aborted>

/**
 * A caller limited to fleets sees the campaigns of these fleets; a campaign without a fleet may affect any
 * fleet.
 */
export const isVisible = ({ fleet }: Pick<Campaign, 'fleet'>, fleets: Fleets): boolean =>
  fleets === 'all' || (fleet !== undefined && includes(fleets, fleet))

/** The condition that the campaign is still in the fleet in which it was read. */
const inFleet = (fleet: string | undefined) => ({
  condition: fleet === undefined ? 'attribute_not_exists(fleet)' : 'fleet = :inFleet',
  values: fleet === undefined ? {} : { ':inFleet': fleet },
})

export const campaignStore = (table: Table) => {
  const update = async (
    id: string,
    expression: string,
    condition: string,
    values: Readonly<Record<string, unknown>>,
  ) => {
    const outcome = await unlessRefused(
      table.client.send(
        new UpdateCommand({
          TableName: table.name,
          Key: campaignKey(id),
          UpdateExpression: expression,
          ConditionExpression: condition,
          ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
        }),
      ),
    )
    return !isRefused(outcome)
  }

  const get = async (id: string): Promise<Campaign | undefined> => {
    const { Item: item } = await table.client.send(
      new GetCommand({ TableName: table.name, Key: campaignKey(id), ConsistentRead: true }),
    )
    return item && Item.parse(item)
  }

  return {
    /**
     * Creates a campaign or replaces its settings. Idempotent. `notYours`: it is in a fleet that the caller
     * may not touch; `fixed`: devices are in it for another upgrade; `overtaken`: it has changed since it was
     * read; `deleted`: its id is still taken; `aborted`: it will not start.
     */
    put: async (
      id: string,
      settings: CampaignSettings,
      who: Maker,
    ): Promise<Campaign | 'notYours' | 'fixed' | 'overtaken' | 'deleted' | 'aborted'> => {
      const item = await putCampaign(table, id, settings, who)
      if (item) return Item.parse(item)
      const known = await get(id)
      if (!known || !isVisible(known, who.fleets)) return 'notYours'
      if (known.deleted) return 'deleted'
      const { found } = who
      const isAsFound = typeof found !== 'object' || found.settingsRev === known.settingsRev
      if (found === 'none' || !isAsFound) return 'overtaken'
      return known.aborted && known.rollout ? 'aborted' : 'fixed'
    },

    get,

    /** In any state. Undefined: it no longer exists, or has left the fleet in which it was read. */
    rename: async ({ id, fleet }: Campaign, name: string): Promise<Campaign | undefined> => {
      const outcome = await unlessRefused(
        table.client.send(
          new UpdateCommand({
            TableName: table.name,
            Key: campaignKey(id),
            ...updateOf({ set: { name }, add: { settingsRev: 1 }, values: inFleet(fleet).values }),
            ConditionExpression: `attribute_exists(kind) AND ${inFleet(fleet).condition}`,
            ReturnValues: 'ALL_NEW',
          }),
        ),
      )
      return isRefused(outcome) ? undefined : Item.parse(outcome.Attributes)
    },

    /** Newest first. */
    list: async (fleets: Fleets, request: PageRequest): Promise<Page<Campaign>> => {
      const query = { kind: 'campaign' as const, fleets, newestFirst: true }
      const { items, next } = await listKeys(table, query, request)
      const found = (await readNamed(table, items)).flatMap((item) => (item ? [Item.parse(item)] : []))
      return { items: found.filter((one) => isVisible(one, fleets) && !one.deleted), next }
    },

    /**
     * Called before devices are added to a watching campaign: from now on its package and target are fixed,
     * and the sweep looks at it. False: meanwhile it was aborted, or got other settings or another fleet.
     */
    beginAdding: ({ id, fleet, package: of, target }: Campaign, now: number): Promise<boolean> =>
      update(
        id,
        'SET addedAt = :now, dueKind = :due, checkAt = :now REMOVE expiresAt',
        'attribute_not_exists(aborted) AND attribute_not_exists(rollout) AND attribute_not_exists(deleted) AND ' +
          `package = :package AND target = :target AND ${inFleet(fleet).condition}`,
        { ':now': now, ':due': campaignDueKind, ':package': of, ':target': target, ...inFleet(fleet).values },
      ),

    /**
     * Only the first abort counts, in the fleet in which the campaign was read. The sweep closes pending
     * attempts.
     */
    abort: ({ id, fleet }: Campaign, aborted: Aborted): Promise<boolean> =>
      update(
        id,
        'SET aborted = :aborted, dueKind = :due, checkAt = :now',
        `attribute_exists(kind) AND attribute_not_exists(aborted) AND ${inFleet(fleet).condition}`,
        { ':aborted': aborted, ':due': campaignDueKind, ':now': aborted.at, ...inFleet(fleet).values },
      ),

    /**
     * Removes it from the lists; false: it has changed since it was read. Its id stays taken, and its records
     * stay as long as they would have, since its devices count in it.
     */
    markDeleted: (
      { id, fleet, addedAt, dueKind, rollout }: Campaign,
      deleted: { at: number; by: string },
    ): Promise<boolean> =>
      update(
        id,
        'SET deleted = :deleted, expiresAt = :expiresAt REMOVE kind, kindKey, dueKind, checkAt',
        [
          'attribute_exists(kind)',
          inFleet(fleet).condition,
          addedAt === undefined ? 'attribute_not_exists(addedAt)' : 'addedAt = :addedAt',
          rollout ? 'rollout.rev = :rev' : 'attribute_not_exists(rollout)',
          ...(dueKind === undefined ? ['attribute_not_exists(dueKind)'] : []),
        ].join(' AND '),
        {
          ':deleted': deleted,
          ...inFleet(fleet).values,
          ':expiresAt': expiry(deleted.at, table.retention.upgrades),
          ...(addedAt === undefined ? {} : { ':addedAt': addedAt }),
          ...(rollout ? { ':rev': rollout.rev } : {}),
        },
      ),

    /**
     * Takes the lease under which a run gives this campaign's devices their turns; false: another run has it.
     * The lease of an interrupted run expires.
     */
    lease: (id: string, now: number, until: number): Promise<boolean> =>
      update(
        id,
        'SET leasedUntil = :until',
        'attribute_exists(pk) AND (attribute_not_exists(leasedUntil) OR leasedUntil <= :now)',
        { ':until': until, ':now': now },
      ),
    endLease: (id: string, until: number): Promise<boolean> =>
      update(id, 'REMOVE leasedUntil', 'leasedUntil = :until', { ':until': until }),

    /** Stores what the sweep counted. */
    keepSummary: (id: string, summary: CampaignSummary, countedAt: number): Promise<boolean> =>
      update(id, 'SET summary = :summary', 'attribute_exists(pk)', { ':summary': { ...summary, countedAt } }),

    /**
     * Ends the sweep's work on it, unless it has changed since it was read, and starts its retention period.
     */
    markNotDue: ({ id, addedAt, aborted, rollout }: Campaign, now: number): Promise<boolean> =>
      update(
        id,
        'SET expiresAt = :expiresAt REMOVE dueKind, checkAt',
        [
          addedAt === undefined ? 'attribute_not_exists(addedAt)' : 'addedAt = :addedAt',
          ...(aborted ? [] : ['attribute_not_exists(aborted)']),
          ...(rollout ? ['rollout.rev = :rev'] : []),
        ].join(' AND '),
        {
          ':expiresAt': expiry(now, table.retention.upgrades),
          ...(addedAt === undefined ? {} : { ':addedAt': addedAt }),
          ...(rollout ? { ':rev': rollout.rev } : {}),
        },
      ),
  }
}
