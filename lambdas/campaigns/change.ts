import type { Handlers } from '../http/on-http.ts'
import {
  alreadyExists,
  campaignAborted,
  campaignDeleted,
  campaignHasBegun,
  type HttpReply,
  invalid,
  ok,
  overtaken,
  problem,
  unknownCampaign,
} from '../http/reply.ts'
import type { packageStore } from '../packages/store.ts'
import { type Fleets, includes } from '../table/fleets.ts'
import { withoutNulls } from '../table/settings.ts'
import type { campaignRoutes } from './routes.ts'
import { changersAfter, givenOf, settingsOf } from './settings.ts'
import { faultsOf, type Settings } from './shapes.ts'
import { type Campaign, type campaignStore, isVisible } from './store.ts'
import { campaignHref, type countedViews } from './view.ts'

/**
 * PUT creates a campaign or replaces its settings; PATCH changes the given fields only: the name in any
 * state, the rest wherever PUT may. Idempotent.
 */

type Needs = {
  campaigns: Pick<ReturnType<typeof campaignStore>, 'get' | 'put' | 'rename'>
  packages: Pick<ReturnType<typeof packageStore>, 'get'>
  counted: ReturnType<typeof countedViews>
  now: () => number
}

type Change = { name?: string | undefined; packageId?: string | null | undefined }

/** Tries against concurrent changes: each reads what the others wrote, and keeps it. */
const maxTries = 5

export const changeCampaigns = (
  use: Needs,
): Handlers<typeof campaignRoutes, 'putCampaign' | 'changeCampaign'> => ({
  putCampaign: async ({ params: { id }, body, fleets, caller, onlyIfNew }) => {
    if (!isIn(body, fleets)) return inNoFleetOfYours()
    const settings = await settingsOf(body, use.packages, fleets)
    if ('status' in settings) return settings
    for (let tries = 1; tries <= maxTries; tries++) {
      const found = (onlyIfNew ? undefined : await use.campaigns.get(id)) ?? ('none' as const)
      const changers = changersAfter(found, settings, caller.id)
      const who = { fleets, by: caller.name, callerId: caller.id, changers, now: use.now(), found }
      const campaign = await use.campaigns.put(id, settings, who)
      if (typeof campaign === 'object') return ok(await use.counted(campaign))
      if (campaign === 'notYours')
        return problem('not-permitted', `The id ${id} is taken by a campaign that is not in your fleets.`)
      if (campaign !== 'overtaken') return refusals[campaign]()
      if (onlyIfNew) return alreadyExists(campaignHref(id))
    }
    return overtaken('campaign')
  },

  changeCampaign: async ({ params: { id }, body, fleets, caller }) => {
    for (let tries = 1; tries <= maxTries; tries++) {
      const campaign = await use.campaigns.get(id)
      if (!campaign || !isVisible(campaign, fleets)) return unknownCampaign(id)
      if (campaign.deleted) return campaignDeleted()
      const { name, ...rest } = body
      if (Object.keys(rest).length === 0) {
        const renamed = name === undefined ? campaign : await use.campaigns.rename(campaign, name)
        if (renamed) return ok(await use.counted(renamed))
        continue
      }
      const given = changedBy(campaign, body)
      if (!isIn(given, fleets)) return inNoFleetOfYours()
      const faults = faultsOf(given)
      if (faults.length > 0) return invalid(faults)
      const settings = await settingsOf(given, use.packages, fleets)
      if ('status' in settings) return settings
      const changers = changersAfter(campaign, settings, caller.id)
      const who = { fleets, by: caller.name, callerId: caller.id, changers, now: use.now(), found: campaign }
      const changed = await use.campaigns.put(id, settings, who)
      if (changed === 'fixed' || changed === 'aborted') return refusals[changed]()
      if (typeof changed === 'object') return ok(await use.counted(changed))
    }
    return overtaken('campaign')
  },
})

const isIn = ({ fleet }: Settings, fleets: Fleets): boolean =>
  fleets === 'all' || (fleet !== undefined && includes(fleets, fleet))

const inNoFleetOfYours = (): HttpReply => problem('not-permitted', 'The campaign needs one of your fleets.')

const refusals = { fixed: campaignHasBegun, deleted: campaignDeleted, aborted: campaignAborted }

/**
 * A package determines what is upgraded to which version, so that a new `packageId` replaces `package` and
 * `targetVersion`.
 */
const changedBy = (campaign: Campaign, change: Change): Settings => {
  const { package: _, targetVersion: __, ...known } = givenOf(campaign)
  const before = typeof change.packageId === 'string' ? known : givenOf(campaign)
  return { ...before, ...withoutNulls(change) }
}
