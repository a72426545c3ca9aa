import type { Handlers } from '../http/on-http.ts'
import { ok, unknownCampaign } from '../http/reply.ts'
import type { Table } from '../table/client.ts'
import { type Fleets, narrowed } from '../table/pages.ts'
import { attemptView } from '../upgrades/view.ts'
import { listMembers } from './members.ts'
import { campaignStore, isVisible } from './store.ts'
import { campaignSummary, countedViews } from './view.ts'

/** What operators read of campaigns. */

type Needs = { table: Table; now: () => number }

export type CampaignReadRoute = 'getCampaign' | 'listCampaigns' | 'listCampaignDevices'

export const readCampaigns = ({ table, now }: Needs): Handlers<CampaignReadRoute> => {
  const campaigns = campaignStore(table)
  const counted = countedViews(table, now)
  const visible = async (id: string, fleets: Fleets) => {
    const campaign = await campaigns.get(id)
    return campaign && isVisible(campaign, fleets) ? campaign : undefined
  }

  return {
    getCampaign: async ({ params: { id }, fleets }) => {
      const campaign = await visible(id, fleets)
      return campaign ? ok(await counted(campaign)) : unknownCampaign(id)
    },

    listCampaigns: async ({ query, fleets }) => {
      const { items, next } = await campaigns.list(narrowed(fleets, query.fleet), query)
      return ok({ items: items.map(campaignSummary), next })
    },

    listCampaignDevices: async ({ params: { id }, query, fleets }) => {
      if (!(await visible(id, fleets))) return unknownCampaign(id)
      const { items, next } = await listMembers(table, id, query, { fleets, now: now() })
      return ok({ items: items.map(({ of, attempt }) => attemptView(of, attempt, now())), next })
    },
  }
}
