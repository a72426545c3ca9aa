import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, isRefused, type Table, unlessRefused, writeTogether } from '../../table/client.ts'
import { campaignKey, rolloutKeys } from '../../table/keys.ts'
import { BadCursor, defaultLimit, type Page, type PageRequest } from '../../table/pages.ts'
import { campaignDueKind } from '../put.ts'
import { campaignEvents } from '../rules/transitions.ts'
import type { Campaign } from '../store.ts'
import { type Rollout, StopReason } from './rollout.ts'

/**
 * A campaign's decisions, who made them, and the numbers known at the time: a row for each,
 * `HISTORY#{time}#{rev}`, in one transaction with the decision. Rows never change.
 */

const Numbers = z.record(z.string(), z.number())

const Entry = z.object({
  at: z.number(),
  by: z.string(),
  event: z.enum(campaignEvents),
  phase: z.optional(z.string()),
  reason: z.optional(StopReason),
  numbers: z.optional(Numbers),
  comment: z.optional(z.string()),
})
export type HistoryEntry = z.infer<typeof Entry>
export const readEntry = (item: unknown): HistoryEntry => Entry.parse(item)

/** The key of a decision's entry: its time, and the `rev` of the resulting rollout. */
export const entryKey = (campaignId: string, at: number, rev: number) =>
  rolloutKeys.history(campaignId, `${String(at).padStart(13, '0')}#${String(rev).padStart(9, '0')}`)

/**
 * Writes a decision and its history entry; false: another decision was made, or the settings changed, since
 * the campaign was read. A campaign that goes on is due for the next sweep.
 */
export const writeDecision = async (
  table: Table,
  { id, rollout: read, settingsRev }: Campaign,
  rollout: Rollout,
  entry: HistoryEntry,
): Promise<boolean> => {
  const rev = (read?.rev ?? 0) + 1
  const refused = await writeTogether(table, {
    campaign: updateOfRollout(table, id, { ...rollout, rev }, entry.at, settingsRev),
    entry: {
      Put: {
        TableName: table.name,
        Item: {
          ...entryKey(id, entry.at, rev),
          ...entry,
          expiresAt: expiry(entry.at, table.retention.upgrades),
        },
      },
    },
  })
  return refused === undefined
}

/** Writes a campaign's progress, which is no decision; false: another writer was faster. */
export const writeProgress = async (
  table: Table,
  id: string,
  rollout: Rollout,
  now: number,
): Promise<boolean> => {
  const { Update } = updateOfRollout(table, id, { ...rollout, rev: rollout.rev + 1 }, now)
  return !isRefused(await unlessRefused(table.client.send(new UpdateCommand(Update))))
}

const updateOfRollout = (table: Table, id: string, rollout: Rollout, now: number, settingsRev?: number) => ({
  Update: {
    TableName: table.name,
    Key: campaignKey(id),
    UpdateExpression: 'SET rollout = :rollout, dueKind = :due, checkAt = :now REMOVE expiresAt',
    ConditionExpression: `rollout.rev = :read${settingsRev === undefined ? '' : ' AND settingsRev = :settingsRev'}`,
    ExpressionAttributeValues: {
      ':rollout': rollout,
      ':read': rollout.rev - 1,
      ':due': campaignDueKind,
      ':now': now,
      ...(settingsRev === undefined ? {} : { ':settingsRev': settingsRev }),
    },
  },
})

const cursorPattern = /^\d{13}#\d{9}$/

/** Newest first. */
export const readHistory = async (
  table: Table,
  campaignId: string,
  { limit = defaultLimit, cursor }: PageRequest,
): Promise<Page<HistoryEntry>> => {
  if (cursor !== undefined && !cursorPattern.test(cursor)) throw new BadCursor()
  const { pk, sk: prefix } = rolloutKeys.history(campaignId, '')
  const { Items = [], LastEvaluatedKey } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
      ScanIndexForward: false,
      Limit: limit,
      ...(cursor === undefined ? {} : { ExclusiveStartKey: rolloutKeys.history(campaignId, cursor) }),
    }),
  )
  const last = LastEvaluatedKey && z.object({ sk: z.string() }).parse(LastEvaluatedKey).sk
  return { items: Items.map((item) => Entry.parse(item)), next: last?.slice(prefix.length) }
}
