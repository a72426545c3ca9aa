import {
  campaignAborted,
  campaignDeleted,
  type HttpReply,
  overtaken,
  problem,
  unknownCampaign,
} from '../http/reply.ts'
import type { Table } from '../table/client.ts'
import { type Fleets, includes } from '../table/fleets.ts'
import type { InCampaign } from '../upgrades/manage.ts'
import { campaignStore, isVisible } from './store.ts'

/**
 * Why an attempt may not be opened in a campaign. Undefined: it may, and the sweep looks at the campaign.
 * Idempotent.
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
    if (campaign.rollout) return drivesItself()
    const errors = [
      ...(of === campaign.package
        ? []
        : [{ path: 'package', message: `is ${campaign.package} in the campaign` }]),
      ...(targetVersion === campaign.target
        ? []
        : [{ path: 'targetVersion', message: `is ${campaign.target} in the campaign` }]),
      ...(packageId === undefined
        ? []
        : [{ path: 'packageId', message: 'has no effect in a campaign that only watches' }]),
      ...(includes(campaign.fleet === undefined ? 'all' : [campaign.fleet], fleet)
        ? []
        : [{ path: 'campaignId', message: 'is a campaign of another fleet' }]),
    ]
    if (errors.length > 0) return problem('invalid-request', 'See `errors` for what to change.', { errors })
    if (await campaigns.beginAdding(campaign, now)) return undefined
    return (await campaigns.get(campaignId))?.aborted ? campaignAborted() : overtaken('campaign')
  }

const drivesItself = (): HttpReply =>
  problem(
    'wrong-campaign-state',
    'The campaign opens the attempts of its devices itself: add the device to the campaign instead.',
  )
