import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { keepCounts } from './campaign-counts.ts'
import { expiry, isRefused, type Table, unlessRefused } from './dynamodb.ts'
import { campaignKey } from './keys.ts'
import { type Fleets, includes, listKeys, type Page, type PageRequest, readAll } from './pages.ts'
import { type CampaignSettings, campaignDueKind, putCampaign } from './put-campaign.ts'

/**
 * Campaigns: many attempts together. pk `CAMPAIGN#{id}`; sk `CAMPAIGN` the settings, `COUNTS#{nn}` the counts,
 * `DEVICE#{deviceId}` the devices in it. A campaign is due, `dueKind`, as long as the sweep has to look after it; then it is
 * kept for as long as reports of upgrades are, `expiresAt`.
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
  fleet: z.optional(z.string()),
  abort: z.optional(Threshold),
  createdAt: z.number(),
  requestedBy: z.string(),
  addedAt: z.optional(z.number()),
  aborted: z.optional(Aborted),
  closedUpTo: z.optional(z.string()),
  expiresAt: z.optional(z.number()),
})

/**
 * `addedAt`: when devices were last let in. `aborted`: why and when it was stopped; `finished` and `failed` are the
 * devices that the threshold was held against. `closedUpTo`: the device up to which pending attempts have been closed.
 */
export type Campaign = z.infer<typeof Item>
export type Aborted = z.infer<typeof Aborted>

/** Epoch seconds. Counts outlive their campaign: DynamoDB deletes what has expired within a few days, in any order. */
const countsOutliveSeconds = 7 * 86_400

/** Whoever is limited to fleets sees the campaigns of these fleets; one without a fleet may reach into any. */
export const isVisible = ({ fleet }: Pick<Campaign, 'fleet'>, fleets: Fleets): boolean =>
  fleets === 'all' || (fleet !== undefined && includes(fleets, fleet))

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
     * Makes a campaign or replaces its settings; a repeat changes nothing. `notYours`: it exists in a fleet that the caller may
     * not touch; `fixed`: devices are in it, for another upgrade.
     */
    put: async (
      id: string,
      settings: CampaignSettings,
      who: { fleets: Fleets; by: string; now: number },
    ): Promise<Campaign | 'notYours' | 'fixed'> => {
      const item = await putCampaign(table, id, settings, who)
      if (item) return Item.parse(item)
      const known = await get(id)
      return known && isVisible(known, who.fleets) ? 'fixed' : 'notYours'
    },

    get,

    /** Newest first. */
    list: async (fleets: Fleets, request: PageRequest): Promise<Page<Campaign>> => {
      const query = { kind: 'campaign' as const, fleets, newestFirst: true }
      const { items, next } = await listKeys(table, query, request)
      const found = await readAll(table, items)
      return { items: found.flatMap((item) => (item ? [Item.parse(item)] : [])), next }
    },

    /**
     * Before devices are let in: from now on package and target stand, and the sweep looks after the campaign. False: it
     * has been aborted or given other settings meanwhile.
     */
    beginAdding: async ({ id, package: of, target, expiresAt }: Campaign, now: number): Promise<boolean> => {
      const began = await update(
        id,
        'SET addedAt = :now, dueKind = :due, checkAt = :now REMOVE expiresAt',
        'attribute_not_exists(aborted) AND package = :package AND target = :target',
        { ':now': now, ':due': campaignDueKind, ':package': of, ':target': target },
      )
      if (began && expiresAt !== undefined) await keepCounts(table, id, undefined)
      return began
    },

    /** The first abort stands. The sweep closes what is pending. */
    abort: (id: string, aborted: Aborted): Promise<boolean> =>
      update(
        id,
        'SET aborted = :aborted, dueKind = :due, checkAt = :now',
        'attribute_exists(pk) AND attribute_not_exists(aborted)',
        { ':aborted': aborted, ':due': campaignDueKind, ':now': aborted.at },
      ),

    /** So that the next run goes on where this one ends. */
    markClosedUpTo: (id: string, deviceId: string): Promise<boolean> =>
      update(id, 'SET closedUpTo = :deviceId', 'attribute_exists(pk)', { ':deviceId': deviceId }),

    /** The sweep need not look at it any more, unless it has changed since it was read; from now on its time runs out. */
    rest: async ({ id, addedAt, aborted }: Campaign, now: number): Promise<boolean> => {
      const expiresAt = expiry(now, table.retention.upgrades)
      await keepCounts(table, id, expiresAt + countsOutliveSeconds)
      return update(
        id,
        'SET expiresAt = :expiresAt REMOVE dueKind, checkAt, closedUpTo',
        [
          addedAt === undefined ? 'attribute_not_exists(addedAt)' : 'addedAt = :addedAt',
          aborted ? 'attribute_exists(aborted)' : 'attribute_not_exists(aborted)',
        ].join(' AND '),
        { ':expiresAt': expiresAt, ...(addedAt === undefined ? {} : { ':addedAt': addedAt }) },
      )
    },
  }
}
