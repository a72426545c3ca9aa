import { iso } from '../http/iso.ts'
import type { View } from '../http/shapes.ts'
import type { Table } from '../table/client.ts'
import { type CampaignSummary, countCampaign, devicesIn, summaryOf } from './counts.ts'
import type * as shapes from './shapes.ts'
import type { Campaign } from './store.ts'

/** Campaigns as operators see them. */

export const campaignHref = (id: string): string => `/v1/campaigns/${id}`

export const campaignSummary = (campaign: Campaign): View<typeof shapes.CampaignSummary> => {
  const { id, name, package: of, target, timeoutSeconds, proveSeconds, fleet } = campaign
  const { abort, createdAt, requestedBy, aborted } = campaign
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
  }
}

/**
 * Up to so many devices are counted when somebody looks: that reads some 80 kB. Above, the sweep's count is
 * at most two minutes old.
 */
const countedAtOnce = 2_000
const summaryLastsMs = 120_000

/** The campaign with its devices as they are, or as the sweep has just counted them. */
export const countedView = async (
  table: Table,
  campaign: Campaign,
  now: number,
): Promise<View<typeof shapes.Campaign>> => {
  const { summary, dueKind } = campaign
  const isFresh = dueKind !== undefined && summary && summary.countedAt > now - summaryLastsMs
  if (isFresh && devicesIn(summary) > countedAtOnce) return campaignView(campaign, summary)
  return campaignView(campaign, summaryOf(await countCampaign(table, campaign.id)))
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
  }: CampaignSummary & { countedAt?: number },
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
})
