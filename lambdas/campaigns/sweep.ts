import { systemNames } from '../runtime/system-names.ts'
import { type ClockNeeds, sweepDue } from '../sweeps/on-clock.ts'
import type { Table } from '../table/client.ts'
import { campaignKey } from '../table/keys.ts'
import { countCampaign, failedIn, finishedIn, isReached, openIn, summaryOf } from './counts.ts'
import { closePending } from './members.ts'
import { type Campaign, campaignStore } from './store.ts'

/**
 * Looks after campaigns: aborts one whose failures reach its threshold, closes the pending attempts of
 * aborted ones, and leaves alone those whose devices have all ended. Started once a minute; two at the same
 * time do no harm, since the first abort stands and an attempt is closed once.
 *
 * A large campaign is closed over several runs: what is closed leaves the index of what is pending. Since a
 * request that lets devices in may have begun before an abort, and the index lags, a campaign is looked at
 * until nothing is open some time after the abort.
 */
type Needs = ClockNeeds & { table: Table }

/** A run begins no page of closings after so long; the function is stopped at 50 seconds. */
const workMs = 35_000

/**
 * Devices may still come in by a request that began so long ago: a function that answers one has 20 seconds;
 * the index lags.
 */
const addingMs = 60_000

export const sweepCampaigns = (use: Needs) => (): Promise<void> => {
  const until = use.now() + workMs
  return sweepDue(use, {
    name: 'sweep-campaigns',
    subjectOf: ({ pk }) => ({ campaignId: pk.slice(campaignKey('').pk.length) }),
    // First all decisions, which are quick; closing may take long.
    lookAfter: async ({ campaignId }) => {
      const { aborted } = (await decide(use, campaignId)) ?? {}
      return aborted && (() => closePending(use.table, campaignId, { by: aborted.by, now: use.now, until }))
    },
    // A page that has begun is finished.
    later: { atOnce: 1, ms: workMs + 5_000 },
  })
}

/**
 * Counts the campaign's devices and decides what follows from that; resolves to the campaign as it then is.
 */
const decide = async ({ table, now }: Needs, id: string): Promise<Campaign | undefined> => {
  const campaigns = campaignStore(table)
  const campaign = await campaigns.get(id)
  if (!campaign) return undefined
  const counts = await countCampaign(table, id)
  await campaigns.keepSummary(id, summaryOf(counts), now())
  if (!campaign.aborted && campaign.abort && isReached(campaign.abort, counts)) {
    const [finished, failed] = [finishedIn(counts), failedIn(counts)]
    await campaigns.abort(id, { at: now(), by: systemNames.us, reason: 'threshold', finished, failed })
    return campaigns.get(id)
  }
  const changedAt = Math.max(campaign.addedAt ?? 0, campaign.aborted?.at ?? 0)
  if (openIn(counts) === 0 && now() - changedAt > addingMs) await campaigns.rest(campaign, now())
  return campaign
}
