import { isDeepStrictEqual } from 'node:util'
import { systemNames } from '../runtime/system-names.ts'
import { type ClockNeeds, type LongWork, sweepDue } from '../sweeps/on-clock.ts'
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
 * The sweep of campaigns, started once a minute. It prepares and drives campaigns, aborts one whose failures
 * reach its threshold, and closes the pending attempts of aborted ones. It ends its work on those whose
 * devices have all ended, until a person decides on them. Two concurrent runs are harmless: only the first
 * abort counts, and an attempt is closed once.
 *
 * Closing a large campaign takes several runs: closed attempts leave the index of pending ones. A request
 * that adds devices may have begun before an abort, and the index lags. So a campaign stays due until nothing
 * has been open for some time after the abort.
 */
type Needs = ClockNeeds & DriveNeeds & { table: Table }

/** A run begins no further page of closings after this many ms; the function's timeout is 50 seconds. */
const workMs = 35_000

/**
 * How long after an abort a request may still add devices, ms: its function has 20 seconds, and the index
 * lags.
 */
const addingMs = 60_000

export const sweepCampaigns = (use: Needs) => (): Promise<void> => {
  const until = use.now() + workMs
  return sweepDue(use, {
    name: 'sweep-campaigns',
    subjectOf: ({ pk }) => ({ campaignId: pk.slice(campaignKey('').pk.length) }),
    // All decisions come first, since they are quick; the rest may take long.
    check: async ({ campaignId }) => {
      const known = await decide(use, campaignId)
      return known && laterFor(use, known, until)
    },
    // A page that has begun is completed.
    longWork: { atOnce: 1, ms: workMs + 5_000 },
  })
}

/** A campaign as read, and the index's counts of its phases just before. */
type Known = { campaign: Campaign; phases: readonly PhaseSummary[] }

const laterFor = (use: Needs, { campaign, phases }: Known, until: number): LongWork | undefined => {
  const { id, aborted, rollout } = campaign
  if (aborted)
    return async () => {
      await recordAbort(use, campaign, aborted)
      const of = { campaignId: id, phases: campaign.phases?.length }
      await closePending(use.table, of, { by: aborted.by, now: use.now, until })
    }
  return rollout && rollout.state !== 'draft'
    ? () => underLease(use, id, () => advance(use, { campaign, phases }, until))
    : undefined
}

/** Longer than the function's timeout, and shorter than the time to the next run. */
const leaseMs = 55_000

/** Prevents two concurrent runs from giving turns for the same free places. */
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

/** Phases that a run opens: a campaign with tiny phases must not delay the others. */
const maxRounds = 3

/** Carries on after a finished plan or a passed gate at once, without waiting for the next run. */
const advance = async (use: Needs, first: Known, until: number): Promise<void> => {
  let known: Known | undefined = first
  for (let rounds = 1; known && rounds <= maxRounds; rounds++) {
    // The first round is quick: each campaign gets it, however long those before it took.
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

/** Records an abort, which its requester has written already, as one of the campaign's decisions. */
const recordAbort = async (
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

/** Counts the campaign's devices and decides what follows; resolves to the campaign after that. */
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
  const goesOn = !campaign.aborted && decidedBySweep.has(campaign.rollout?.state)
  if (!goesOn && openIn(counts) === 0 && now() - changedAt > addingMs)
    await campaigns.markNotDue(campaign, now())
  return { campaign, phases }
}

/**
 * States in which the sweep decides, with or without devices in progress; in the others a person decides, or
 * nobody.
 */
const decidedBySweep: ReadonlySet<string | undefined> = new Set(['preparing', 'running'])
