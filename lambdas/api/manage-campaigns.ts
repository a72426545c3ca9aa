import { campaignHref, campaignView } from '../campaign-views.ts'
import { type Handlers, onHttp } from '../http.ts'
import { type NewId, newId } from '../new-id.ts'
import { accepted, campaignAborted, ok, problem, unknownCampaign } from '../outcomes.ts'
import { readCounts } from '../store/campaign-counts.ts'
import { campaignStore, isVisible } from '../store/campaigns.ts'
import { connectTable, type Table } from '../store/dynamodb.ts'
import { addDevices } from '../store/join-campaign.ts'
import { includes } from '../store/pages.ts'
import { errorFields, logger, messages } from '../telemetry.ts'

/** Makes, fills and aborts campaigns. All of it can be asked for again: a device is let in once, the first abort stands. */

type Needs = { table: Table; now: () => number; newId: NewId }

type CampaignRoute = 'putCampaign' | 'addCampaignDevices' | 'abortCampaign'

/** How long a device may be silent, where the operator does not say. */
const dayInSeconds = 86_400

/** Adding stops so long before the function would be stopped; the result says which devices are left. */
const addingMs = 12_000

export const manageCampaigns = ({ table, now, newId }: Needs): Handlers<CampaignRoute> => {
  const campaigns = campaignStore(table)

  return {
    putCampaign: async ({ params: { id }, body, fleets, caller }) => {
      const { fleet, targetVersion: target, timeoutSeconds = dayInSeconds, ...settings } = body
      if (fleets !== 'all' && !(fleet && includes(fleets, fleet)))
        return problem('not-permitted', 'Give the campaign a fleet of yours.')
      const campaign = await campaigns.put(
        id,
        { ...settings, target, timeoutSeconds, fleet },
        { fleets, by: caller.name, now: now() },
      )
      if (campaign === 'notYours')
        return problem('not-permitted', `Campaign ${id} is in a fleet that is not yours.`)
      if (campaign === 'fixed')
        return problem('campaign-has-devices', 'Its package, target and fleet stand. Make another campaign.')
      return ok(campaignView(campaign, await readCounts(table, id)))
    },

    addCampaignDevices: async ({ params: { id }, body, fleets, caller }) => {
      const campaign = await campaigns.get(id)
      if (!campaign || !isVisible(campaign, fleets)) return unknownCampaign(id)
      const until = now() + addingMs
      if (!(await campaigns.beginAdding(campaign, now())))
        return (await campaigns.get(id))?.aborted
          ? campaignAborted()
          : problem('try-again', 'The campaign was changed in this very moment.')
      const onError = (deviceId: string, error: unknown) =>
        logger.error(messages.deviceNotAdded, { campaignId: id, deviceId, ...errorFields(error) })
      const deviceIds = [...new Set(body.deviceIds)]
      const terms = { fleets, by: caller.name, now, newId, until, onError }
      return ok({ results: await addDevices(table, campaign, deviceIds, terms) })
    },

    abortCampaign: async ({ params: { id }, fleets, caller }) => {
      const campaign = await campaigns.get(id)
      if (!campaign || !isVisible(campaign, fleets)) return unknownCampaign(id)
      await campaigns.abort(id, { at: now(), by: caller.name, reason: 'operator' })
      const aborted = (await campaigns.get(id)) ?? campaign
      return accepted(campaignView(aborted, await readCounts(table, id)), campaignHref(id))
    },
  }
}

export const handler = onHttp<CampaignRoute>((env) =>
  manageCampaigns({ table: connectTable(env), now: Date.now, newId }),
)
