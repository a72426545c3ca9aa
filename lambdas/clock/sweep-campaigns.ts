import type { Env } from '../env.ts'
import {
  failedIn,
  fenceCounts,
  finishedIn,
  isReached,
  openIn,
  pruneCounts,
  readCounts,
} from '../store/campaign-counts.ts'
import { closePending } from '../store/campaign-members.ts'
import { type Campaign, campaignStore } from '../store/campaigns.ts'
import { connectTable, type Table } from '../store/dynamodb.ts'
import { dueKeys } from '../store/pages.ts'
import { campaignDueKind } from '../store/put-campaign.ts'
import { errorFields, flushCounts, logger, messages } from '../telemetry.ts'

/**
 * Looks after campaigns: aborts one whose failures reach its threshold, closes the pending attempts of aborted ones, and
 * leaves alone those whose devices have all ended. Started once a minute; two at the same time do no harm, since the first
 * abort stands and an attempt is closed once.
 *
 * A large campaign is closed page by page over several runs; each page that is done is marked, so that a run that is cut off
 * repeats a page at most.
 */
type Needs = { table: Table; now: () => number }

/** A run begins no page of closings after so long; the function is stopped at 50 seconds. */
const workMs = 35_000

/** Devices may still come in by a request that began so long ago: a function that answers one has 20 seconds. */
const addingMs = 60_000

export const sweepCampaigns = (use: Needs) => async (): Promise<void> => {
  const until = use.now() + workMs
  const aborted: string[] = []
  const attend = async (campaignId: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      // The campaign stays due, so the next sweep tries again; the others need not wait.
      logger.error(messages.sweepFailed, { campaignId, ...errorFields(error) })
    }
  }
  // First all decisions, which are quick; then what may take long.
  for await (const { pk } of dueKeys(use.table, campaignDueKind, use.now())) {
    const id = pk.slice('CAMPAIGN#'.length)
    await attend(id, async () => {
      if (await decide(use, id)) aborted.push(id)
    })
  }
  for (const id of aborted) await attend(id, () => close(use, id, until))
}

/** Whether the campaign is aborted, by now or before. */
const decide = async ({ table, now }: Needs, id: string): Promise<boolean> => {
  const campaigns = campaignStore(table)
  const campaign = await campaigns.get(id)
  if (!campaign || campaign.aborted) return campaign !== undefined
  const counts = await readCounts(table, id)
  if (campaign.abort && isReached(campaign.abort, counts)) {
    const [finished, failed] = [finishedIn(counts), failedIn(counts)]
    await campaigns.abort(id, { at: now(), by: 'groundcrew', reason: 'threshold', finished, failed })
    return true
  }
  if (openIn(counts) === 0 && now() - (campaign.addedAt ?? 0) > addingMs)
    await campaigns.rest(campaign, now())
  await pruneCounts(table, id)
  return false
}

const close = async ({ table, now }: Needs, id: string, until: number): Promise<void> => {
  const campaigns = campaignStore(table)
  const campaign: Campaign | undefined = await campaigns.get(id)
  if (!campaign?.aborted) return
  // From here on no device comes in behind the mark.
  if (campaign.closedUpTo === undefined) await fenceCounts(table, id)
  let after = campaign.closedUpTo
  while (now() < until) {
    after = await closePending(table, id, { after, by: campaign.aborted.by, now })
    if (after === undefined) {
      await campaigns.rest(campaign, now())
      return
    }
    await campaigns.markClosedUpTo(id, after)
  }
}

const wire = (env: Env): (() => Promise<void>) => sweepCampaigns({ table: connectTable(env), now: Date.now })

let sweep: (() => Promise<void>) | undefined

export const handler = async (): Promise<void> => {
  sweep ??= wire(process.env)
  try {
    await sweep()
  } finally {
    flushCounts()
  }
}
