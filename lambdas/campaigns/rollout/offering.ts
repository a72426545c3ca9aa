import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, isRefused, type Table, unlessRefused } from '../../table/client.ts'
import { campaignKey, rolloutKeys } from '../../table/keys.ts'
import { readAll } from '../../table/pages.ts'
import type { CampaignAllows } from '../../upgrades/offer.ts'
import { traitStore } from '../../upgrades/traits.ts'
import { Pace, Window } from '../rules/limits.ts'
import { isOpenAt } from '../rules/window.ts'
import { Rollout } from './rollout.ts'

/** What an offer depends on. Strongly consistent reads: a pause holds from the moment that it is written. */
const OfferSettings = z.object({
  rollout: z.optional(Rollout),
  aborted: z.optional(z.unknown()),
  window: z.optional(Window),
  pace: z.optional(Pace),
})

/**
 * Whether a campaign's device may be offered its package now. Asked just before each offer: offers follow a
 * message of the device, perhaps long after its turn began. Each minute's offers have a counter, so that the
 * pace is never exceeded; an unused `yes` still counts.
 */
export const offerGuard =
  (table: Table): CampaignAllows =>
  async ({ campaignId, deviceId }, now) => {
    const keys = [campaignKey(campaignId), rolloutKeys.open(campaignId, deviceId)]
    const [item, turn] = await readAll(table, keys, true)
    const { rollout, aborted, window, pace } = OfferSettings.parse(item ?? {})
    // A device that returns after its timeout has lost its place to another.
    if (!rollout || aborted || !turn) return 'ended'
    if (rollout.state !== 'running' && rollout.state !== 'awaitingApproval')
      return rollout.state === 'finished' || rollout.state === 'aborted' ? 'ended' : 'paused'
    if (window && !(await isWindowOpen(table, window, deviceId, now))) return 'outsideWindow'
    return pace && !(await takeFromPace(table, campaignId, pace.perMinute, now)) ? 'paceUsedUp' : 'yes'
  }

/** In the device's own time zone if the window has none. */
const isWindowOpen = async (
  table: Table,
  window: Window,
  deviceId: string,
  now: number,
): Promise<boolean> => {
  const [traits] = window.timeZone === undefined ? await traitStore(table).of([deviceId]) : []
  return isOpenAt(window, traits?.timeZone, now)
}

const minuteMs = 60_000

/** A minute's row expires a day later. */
const takeFromPace = async (table: Table, id: string, perMinute: number, now: number): Promise<boolean> => {
  const outcome = await unlessRefused(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: rolloutKeys.pace(id, Math.floor(now / minuteMs)),
        UpdateExpression: 'SET expiresAt = :expiresAt ADD offers :one',
        ConditionExpression: 'attribute_not_exists(offers) OR offers < :most',
        ExpressionAttributeValues: { ':expiresAt': expiry(now, 1), ':one': 1, ':most': perMinute },
      }),
    ),
  )
  return !isRefused(outcome)
}
