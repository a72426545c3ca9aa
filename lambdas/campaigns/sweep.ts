import { isDeepStrictEqual } from 'node:util'
import { systemNames } from '../runtime/system-names.ts'
import { type ClockNeeds, type Later, sweepDue } from '../sweeps/on-clock.ts'
import type { Table } from '../table/client.ts'
import { campaignKey } from '../table/keys.ts'
import {
  countedAtOnce,
  devicesIn,
  failedIn,
  finishedIn,
  isReached,
  openIn,
  type PhaseSummary,
  summarize,
} from './counts.ts'
import { closePending } from './members.ts'
import { type DriveNeeds, drive, endUse } from './rollout/drive.ts'
import { writeDecision } from './rollout/history.ts'
import { prepare } from './rollout/prepare.ts'
import { next } from './rules/transitions.ts'
import { type Aborted, type Campaign, campaignStore } from './store.ts'

/**
 * Looks after campaigns: prepares and drives those that drive their devices, aborts one whose failures reach
 * its threshold, closes the pending attempts of aborted ones, and leaves alone those whose devices have all
 * ended, until a person decides on them. Started once a minute; two at the same time do no harm, since the
 * first abort stands and an attempt is closed once.
 *
 * A large campaign is closed over several runs: what is closed leaves the index of what is pending. Since a
 * request that lets devices in may have begun before an abort, and the index lags, a campaign is looked at
 * until nothing is open some time after the abort.
 */
type Needs = ClockNeeds & DriveNeeds & { table: Table }

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
    // First all decisions, which are quick; what follows may take long.
    lookAfter: async ({ campaignId }) => {
      const known = await decide(use, campaignId)
      return known && laterFor(use, known, until)
    },
    // A page that has begun is finished.
    later: { atOnce: 1, ms: workMs + 5_000 },
  })
}

/** A campaign as it is, and its phases as the index had them just before. */
type Known = { campaign: Campaign; phases: readonly PhaseSummary[] }

const laterFor = (use: Needs, { campaign, phases }: Known, until: number): Later | undefined => {
  const { id, aborted, rollout } = campaign
  if (aborted)
    return async () => {
      await noteAbort(use, campaign, aborted)
      const of = { campaignId: id, phases: campaign.phases?.length }
      await closePending(use.table, of, { by: aborted.by, now: use.now, until })
    }
  return rollout && rollout.state !== 'draft'
    ? () => underLease(use, id, () => goOn(use, { campaign, phases }, until))
    : undefined
}

/** A function is stopped before, and the next run begins after it. */
const leaseMs = 55_000

/** Two runs that give the same devices their turns would each count on places that the other takes. */
const underLease = async (use: Needs, id: string, work: () => Promise<void>): Promise<void> => {
  const campaigns = campaignStore(use.table)
  const leasedUntil = use.now() + leaseMs
  if (!(await campaigns.lease(id, use.now(), leasedUntil))) return
  try {
    await work()
  } finally {
    await campaigns.endLease(id, leasedUntil)
  }
}

/** Phases that a run opens: a campaign with tiny ones must not keep the others waiting. */
const mostRounds = 3

/** What a run has led to need not wait for the next: a plan that is made, and a gate that is passed, are followed. */
const goOn = async (use: Needs, first: Known, until: number): Promise<void> => {
  let known: Known | undefined = first
  for (let rounds = 1; known && rounds <= mostRounds; rounds++) {
    // One round is quick, so that each campaign has it, whatever those before it took.
    if (rounds > 1 && use.now() >= until) return
    const { campaign, phases }: Known = known
    if (campaign.aborted) return
    const isPreparing = campaign.rollout?.state === 'preparing'
    const opened = isPreparing
      ? await prepare({ ...use, until }, campaign)
      : await drive(use, campaign, phases)
    if (!opened) return
    known = await decide(use, campaign.id)
  }
}

/** An abort is written down by whoever asks for it; that it is one of the campaign's decisions, here. */
const noteAbort = async (
  use: Needs,
  campaign: Campaign,
  { at, by, finished, failed }: Aborted,
): Promise<void> => {
  const state = campaign.rollout && next(campaign.rollout.state, 'abort')
  if (!campaign.rollout || !state || campaign.rollout.state === state) return
  await endUse(use, campaign)
  const numbers = {
    ...(finished === undefined ? {} : { finished }),
    ...(failed === undefined ? {} : { failed }),
  }
  await writeDecision(
    use.table,
    campaign,
    { ...campaign.rollout, state },
    { at, by, event: 'abort', numbers },
  )
}

/**
 * Counts the campaign's devices and decides what follows from that; resolves to the campaign as it then is.
 */
const decide = async ({ table, now }: Needs, id: string): Promise<Known | undefined> => {
  const campaigns = campaignStore(table)
  const campaign = await campaigns.get(id)
  if (!campaign) return undefined
  const { counts, summary } = await summarize(table, campaign)
  const { phases = [] } = summary
  const isNews = !isDeepStrictEqual(campaign.summary?.states ?? {}, summary.states)
  if (isNews || devicesIn(counts) > countedAtOnce) await campaigns.keepSummary(id, summary, now())
  if (!campaign.aborted && campaign.abort && isReached(campaign.abort, counts)) {
    const [finished, failed] = [finishedIn(counts), failedIn(counts)]
    await campaigns.abort(campaign, { at: now(), by: systemNames.us, reason: 'threshold', finished, failed })
    const aborted = await campaigns.get(id)
    return aborted && { campaign: aborted, phases }
  }
  const changedAt = Math.max(campaign.addedAt ?? 0, campaign.aborted?.at ?? 0)
  const goesOn = !campaign.aborted && byClock.has(campaign.rollout?.state)
  if (!goesOn && openIn(counts) === 0 && now() - changedAt > addingMs) await campaigns.rest(campaign, now())
  return { campaign, phases }
}

/** In these the clock decides, whether or not any device is at work; in the others a person does, or nobody. */
const byClock: ReadonlySet<string | undefined> = new Set(['preparing', 'running'])
