import { iso } from '../http/iso.ts'
import type { View } from '../http/shapes.ts'
import type { Table } from '../table/client.ts'
import { type CampaignSummary, countedAtOnce, devicesIn, failedIn, openIn, summarize } from './counts.ts'
import type { HistoryEntry } from './rollout/history.ts'
import { drivingSummary, drivingView } from './rollout/view.ts'
import type * as shapes from './shapes.ts'
import type { Campaign } from './store.ts'

/** Campaigns as the API shows them. */

/** An entry of a campaign's history. */
export const decisionView = (entry: HistoryEntry): View<typeof shapes.CampaignHistoryEntry> => ({
  ...entry,
  at: iso(entry.at),
})

export const campaignHref = (id: string): string => `/v1/campaigns/${id}`

export const campaignSummary = (campaign: Campaign): View<typeof shapes.CampaignSummary> => {
  const { id, name, package: of, target, timeoutSeconds, proveSeconds, fleet } = campaign
  const { abort, createdAt, requestedBy, aborted, deleted } = campaign
  return {
    id,
    name,
    package: of,
    targetVersion: target,
    timeoutSeconds,
    proveSeconds,
    fleet,
    abort,
    createdAt: iso(createdAt),
    requestedBy,
    aborted: aborted && { ...aborted, at: iso(aborted.at) },
    deleted: deleted && { ...deleted, at: iso(deleted.at) },
    ...drivingSummary(campaign),
  }
}

/** A campaign in a list, with the sweep's last count: a list does not count. */
export const campaignInList = (campaign: Campaign): View<typeof shapes.CampaignSummary> => {
  const { summary } = campaign
  return {
    ...campaignSummary(campaign),
    counted: summary && {
      at: iso(summary.countedAt),
      devices: devicesIn(summary),
      open: openIn(summary),
      succeeded: summary.states.succeeded ?? 0,
      unsuccessful: failedIn(summary),
    },
  }
}

/**
 * How long a count of more than `countedAtOnce` devices is used again, ms: the sweep's, or the last one made
 * here.
 */
const countLastsMs = 120_000
/** Counts kept in memory; each takes some 10 kB. */
const maxKept = 50

type Count = CampaignSummary & { countedAt: number }

/**
 * The campaign with its devices as they are now or, if there are many, as counted at most two minutes ago. An
 * instance of the function keeps its counts in memory, so that nobody can make it count thousands of devices
 * again and again.
 */
export const countedViews = (table: Table, now: () => number) => {
  const kept = new Map<string, Count>()
  const isFresh = (count: Count): boolean => count.countedAt > now() - countLastsMs

  return async (campaign: Campaign): Promise<View<typeof shapes.Campaign>> => {
    const { id, summary } = campaign
    const known = [summary, kept.get(id)]
      .filter((count) => count !== undefined)
      .find((count) => isFresh(count) && devicesIn(count) > countedAtOnce)
    if (known) return campaignView(campaign, known, now())
    const countedAt = now()
    const counted = (await summarize(table, campaign)).summary
    if (kept.size >= maxKept) kept.clear()
    if (devicesIn(counted) > countedAtOnce) kept.set(id, { ...counted, countedAt })
    return campaignView(campaign, counted, now())
  }
}

const campaignView = (
  campaign: Campaign,
  {
    states,
    evidence,
    versions,
    otherVersions,
    failures,
    countedAt,
    phases,
  }: CampaignSummary & { countedAt?: number },
  now: number,
): View<typeof shapes.Campaign> => ({
  ...campaignSummary(campaign),
  devices: devicesIn({ states }),
  states: {
    pending: 0,
    upgrading: 0,
    succeeded: 0,
    failed: 0,
    timedOut: 0,
    rolledBack: 0,
    closed: 0,
    ...states,
  },
  evidence,
  versions,
  otherVersions,
  failures,
  countedAt: countedAt === undefined ? undefined : iso(countedAt),
  ...drivingView(campaign, phases, now),
})
