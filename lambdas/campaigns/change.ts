import type { Handlers } from '../http/on-http.ts'
import { campaignDeleted, campaignHasBegun, invalid, ok, problem, unknownCampaign } from '../http/reply.ts'
import type { packageStore } from '../packages/store.ts'
import { includes } from '../table/pages.ts'
import { withoutNulls } from '../table/settings.ts'
import { givenOf, settingsOf } from './settings.ts'
import { faultsOf, type Settings } from './shapes.ts'
import { type Campaign, type campaignStore, isVisible } from './store.ts'
import type { countedViews } from './view.ts'

/**
 * Changes what is given of a campaign, and nothing else. Its name whatever it is at; the rest as far as PUT
 * would. Safe to repeat: the same change again changes nothing.
 */

type Needs = {
  campaigns: Pick<ReturnType<typeof campaignStore>, 'get' | 'put' | 'rename'>
  packages: Pick<ReturnType<typeof packageStore>, 'get'>
  counted: ReturnType<typeof countedViews>
  now: () => number
}

type Change = { name?: string | undefined; packageId?: string | null | undefined }

/** Others change it at the same moment: what they wrote is read, and stays. */
const mostTries = 5

export const changeCampaigns = (use: Needs): Handlers<'changeCampaign'> => ({
  changeCampaign: async ({ params: { id }, body, fleets, caller }) => {
    for (let tries = 1; tries <= mostTries; tries++) {
      const campaign = await use.campaigns.get(id)
      if (!campaign || !isVisible(campaign, fleets)) return unknownCampaign(id)
      if (campaign.deleted) return campaignDeleted()
      const { name, ...rest } = body
      if (Object.keys(rest).length === 0) {
        const renamed = name === undefined ? campaign : await use.campaigns.rename(id, name)
        return renamed ? ok(await use.counted(renamed)) : campaignDeleted()
      }
      const given = changedBy(campaign, body)
      if (fleets !== 'all' && !(given.fleet && includes(fleets, given.fleet)))
        return problem('not-permitted', 'Give the campaign a fleet of yours.')
      const faults = faultsOf(given)
      if (faults.length > 0) return invalid(faults)
      const settings = await settingsOf(given, use.packages, fleets)
      if ('status' in settings) return settings
      const who = { fleets, by: caller.name, callerId: caller.id, now: use.now(), found: campaign }
      const changed = await use.campaigns.put(id, settings, who)
      if (changed === 'fixed') return campaignHasBegun()
      if (typeof changed === 'object') return ok(await use.counted(changed))
    }
    return problem('try-again', 'The campaign was changed in this very moment.')
  },
})

/** A package says itself what is upgraded to which version: what was given instead of one does not stay. */
const changedBy = (campaign: Campaign, change: Change): Settings => {
  const { package: _, targetVersion: __, ...known } = givenOf(campaign)
  const before = typeof change.packageId === 'string' ? known : givenOf(campaign)
  return { ...before, ...withoutNulls(change) }
}
