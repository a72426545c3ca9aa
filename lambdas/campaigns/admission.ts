import {
  campaignAborted,
  campaignDeleted,
  type HttpReply,
  overtaken,
  problem,
  unknownCampaign,
} from '../http/reply.ts'
import type { Table } from '../table/client.ts'
import { type Fleets, includes } from '../table/pages.ts'
import type { InCampaign } from '../upgrades/manage.ts'
import { campaignStore, isVisible } from './store.ts'

/**
 * What stands in the way of an attempt in a campaign. Undefined: nothing, and the sweep looks after the
 * campaign. Safe to repeat.
 */
export const admission =
  (table: Table) =>
  async (
    { campaignId, package: of, targetVersion, packageId, fleet }: InCampaign,
    fleets: Fleets,
    now: number,
  ): Promise<HttpReply | undefined> => {
    const campaigns = campaignStore(table)
    const campaign = await campaigns.get(campaignId)
    if (!campaign || !isVisible(campaign, fleets)) return unknownCampaign(campaignId)
    if (campaign.deleted) return campaignDeleted()
    if (campaign.rollout) return gaveTurns()
    const errors = [
      ...(of === campaign.package
        ? []
        : [{ path: 'package', message: `is ${campaign.package} in the campaign` }]),
      ...(targetVersion === campaign.target
        ? []
        : [{ path: 'targetVersion', message: `is ${campaign.target} in the campaign` }]),
      ...(packageId === undefined
        ? []
        : [{ path: 'packageId', message: 'is of no use in a campaign that only watches' }]),
      ...(includes(campaign.fleet === undefined ? 'all' : [campaign.fleet], fleet)
        ? []
        : [{ path: 'campaignId', message: 'is a campaign of another fleet' }]),
    ]
    if (errors.length > 0) return problem('invalid-request', 'See `errors` for what to change.', { errors })
    if (await campaigns.beginAdding(campaign, now)) return undefined
    return (await campaigns.get(campaignId))?.aborted ? campaignAborted() : overtaken('campaign')
  }

const gaveTurns = (): HttpReply =>
  problem(
    'wrong-campaign-state',
    'It gives its devices their turns itself: choose the device for it instead.',
  )
