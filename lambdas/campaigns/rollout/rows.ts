import { DeleteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, isRefused, type Table, unlessRefused } from '../../table/client.ts'
import { campaignKey, rolloutKeys } from '../../table/keys.ts'
import type { Key } from '../../table/pages.ts'
import { wholeQuery } from '../../table/whole-query.ts'
import { skipReasons } from './reasons.ts'

/**
 * The rows of devices in a driving campaign; `table/schema.ts` describes each.
 *
 * Open rows are read consistently, so that the limit on devices in progress is never exceeded; an index would
 * lag. Only the sweep writes them once the campaign is prepared.
 */

const Chosen = z.object({ deviceId: z.string() })
export type Chosen = z.infer<typeof Chosen>

const Planned = z.object({ sk: z.string(), deviceId: z.string() })
type Planned = z.infer<typeof Planned>

/**
 * `attemptId`: the id of its attempt, fixed in advance. `retryOf`: the attempt before. `tries`: including
 * this one.
 */
const Open = z.object({
  deviceId: z.string(),
  phase: z.number(),
  attemptId: z.string(),
  tries: z.number(),
  retryOf: z.optional(z.string()),
  openedAt: z.number(),
})
export type Open = z.infer<typeof Open>

const Retry = z.object({
  deviceId: z.string(),
  phase: z.number(),
  retryOf: z.string(),
  tries: z.number(),
  dueAt: z.number(),
})
export type Retry = z.infer<typeof Retry>

const Skipped = z.object({ deviceId: z.string(), phase: z.number(), reason: z.enum(skipReasons) })
export type Skipped = z.infer<typeof Skipped>

export const rolloutRows = (table: Table, campaignId: string) => {
  const put = async (key: Key, row: object, once = true): Promise<boolean> => {
    const outcome = await unlessRefused(
      table.client.send(
        new PutCommand({
          TableName: table.name,
          Item: { ...key, ...row },
          ...(once ? { ConditionExpression: 'attribute_not_exists(pk)' } : {}),
        }),
      ),
    )
    return !isRefused(outcome)
  }
  const remove = async (Key: Key): Promise<void> => {
    await table.client.send(new DeleteCommand({ TableName: table.name, Key }))
  }
  /** `lagging`: an eventually consistent read, at half the price. */
  const allRows = async <Row>(
    prefix: string,
    parse: (item: unknown) => Row,
    lagging?: 'lagging',
  ): Promise<Row[]> => {
    const of = { ...rowsFrom(table, campaignId, prefix), ...(lagging && { ConsistentRead: false }) }
    return (await wholeQuery(table, of)).map(parse)
  }
  const kept = (now: number) => ({ expiresAt: expiry(now, table.retention.upgrades) })

  return {
    /** False: it has been chosen already. */
    choose: (row: Chosen, now: number): Promise<boolean> =>
      put(rolloutKeys.chosen(campaignId, row.deviceId), { ...row, ...kept(now) }),
    /** Whether any device has been chosen. */
    hasChosen: async (): Promise<boolean> => {
      const { Items = [] } = await table.client.send(
        new QueryCommand({ ...rowsFrom(table, campaignId, 'CHOSEN#'), Limit: 1 }),
      )
      return Items.length > 0
    },
    chosen: (): Promise<Chosen[]> => allRows('CHOSEN#', (item) => Chosen.parse(item)),

    plan: (phase: number, order: string, deviceId: string, now: number): Promise<boolean> =>
      put(rolloutKeys.planned(campaignId, phase, order), { deviceId, ...kept(now) }, false),
    allPlanned: (): Promise<Planned[]> => allRows('PLAN#', (item) => Planned.parse(item)),
    unplan: (sk: string): Promise<void> => remove({ pk: campaignKey(campaignId).pk, sk }),
    /** The next planned devices of a phase, after `after`. */
    planned: async (phase: number, after: string | undefined, limit: number): Promise<Planned[]> => {
      const { pk, sk: prefix } = rolloutKeys.planned(campaignId, phase, '')
      const { Items = [] } = await table.client.send(
        new QueryCommand({
          ...rowsFrom(table, campaignId, prefix),
          Limit: limit,
          ...(after === undefined ? {} : { ExclusiveStartKey: { pk, sk: after } }),
        }),
      )
      return Items.map((item) => Planned.parse(item))
    },

    /** False: it is in progress already. */
    open: (row: Open, now: number): Promise<boolean> =>
      put(rolloutKeys.open(campaignId, row.deviceId), { ...row, ...kept(now) }),
    opened: (): Promise<Open[]> => allRows('OPEN#', (item) => Open.parse(item)),
    ended: (deviceId: string): Promise<void> => remove(rolloutKeys.open(campaignId, deviceId)),

    retryLater: (row: Retry, now: number): Promise<boolean> =>
      put(rolloutKeys.retry(campaignId, row.deviceId), { ...row, ...kept(now) }, false),
    retries: (): Promise<Retry[]> => allRows('RETRY#', (item) => Retry.parse(item)),
    retried: (deviceId: string): Promise<void> => remove(rolloutKeys.retry(campaignId, deviceId)),

    skip: (row: Skipped, now: number): Promise<boolean> =>
      put(rolloutKeys.skipped(campaignId, row.deviceId), { ...row, ...kept(now) }, false),
    /** A page of skipped devices, by device id. */
    skippedPage: async (after: string | undefined, limit: number): Promise<Skipped[]> => {
      const { Items = [] } = await table.client.send(
        new QueryCommand({
          ...rowsFrom(table, campaignId, 'SKIPPED#'),
          Limit: limit,
          ...(after === undefined ? {} : { ExclusiveStartKey: rolloutKeys.skipped(campaignId, after) }),
        }),
      )
      return Items.map((item) => Skipped.parse(item))
    },
    /** A device that was skipped a moment ago may be missing: the next run judges the gate with it. */
    skipped: (): Promise<Skipped[]> => allRows('SKIPPED#', (item) => Skipped.parse(item), 'lagging'),
  }
}
export type RolloutRows = ReturnType<typeof rolloutRows>

const rowsFrom = (table: Table, campaignId: string, prefix: string) => ({
  TableName: table.name,
  KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
  ExpressionAttributeValues: { ':pk': campaignKey(campaignId).pk, ':prefix': prefix },
  ConsistentRead: true,
})
