import { deviceIdPattern } from '../../protocols/huawei-ota/topics.ts'
import { iso } from '../http/iso.ts'
import type { Handlers } from '../http/on-http.ts'
import { ok, unknownCampaign } from '../http/reply.ts'
import type { UpgradePackage } from '../packages/package.ts'
import type { Table } from '../table/client.ts'
import { type Fleets, narrowed } from '../table/fleets.ts'
import { BadCursor, defaultLimit } from '../table/pages.ts'
import type { Docks } from '../upgrades/docks/needs.ts'
import { attemptView } from '../upgrades/view.ts'
import { listMembers } from './members.ts'
import { curveStore } from './rollout/curve.ts'
import { dryRun } from './rollout/dry-run.ts'
import { readHistory } from './rollout/history.ts'
import { rolloutRows } from './rollout/rows.ts'
import { campaignWatches } from './rollout/steer.ts'
import type { campaignRoutes } from './routes.ts'
import { campaignStore, isVisible } from './store.ts'
import { campaignInList, countedViews, decisionView } from './view.ts'

/** What operators read about campaigns. */

type Needs = {
  table: Table
  readPackage: (id: string) => Promise<UpgradePackage | undefined>
  docks: Docks
  now: () => number
}

type CampaignReadRoute =
  | ('getCampaign' | 'listCampaigns' | 'listCampaignDevices')
  | ('dryRunCampaign' | 'getCampaignCurve' | 'listCampaignHistory' | 'listSkippedDevices')

/**
 * Milliseconds after which a dry run reads no further page; API Gateway waits for 30 seconds, the function
 * for 20.
 */
const readingMs = 12_000

export const readCampaigns = ({
  table,
  readPackage,
  docks,
  now,
}: Needs): Handlers<typeof campaignRoutes, CampaignReadRoute> => {
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

    dryRunCampaign: async ({ params: { id }, fleets }) => {
      const campaign = await visible(id, fleets)
      if (!campaign) return unknownCampaign(id)
      if (campaign.packageId === undefined) return campaignWatches()
      const upgradePackage = await readPackage(campaign.packageId)
      return ok(await dryRun({ table, upgradePackage, docks, now, until: now() + readingMs }, campaign))
    },

    getCampaignCurve: async ({ params: { id }, fleets }) => {
      if (!(await visible(id, fleets))) return unknownCampaign(id)
      const points = await curveStore(table, id).read()
      return ok({ points: points.map(({ at, ...counts }) => ({ at: iso(at), ...counts })) })
    },

    listCampaignHistory: async ({ params: { id }, query, fleets }) => {
      if (!(await visible(id, fleets))) return unknownCampaign(id)
      const { items, next } = await readHistory(table, id, query)
      return ok({ items: items.map(decisionView), next })
    },

    listSkippedDevices: async ({ params: { id }, query, fleets }) => {
      const campaign = await visible(id, fleets)
      if (!campaign) return unknownCampaign(id)
      const { limit = defaultLimit, cursor } = query
      if (cursor !== undefined && !deviceIdPattern.test(cursor)) throw new BadCursor()
      const rows = await rolloutRows(table, id).skippedPage(cursor, limit)
      const items = rows.map((row) => ({ ...row, phase: campaign.phases?.[row.phase]?.name ?? '' }))
      return ok({ items, next: items.length === limit ? items.at(-1)?.deviceId : undefined })
    },

    listCampaigns: async ({ query, fleets }) => {
      const { items, next } = await campaigns.list(narrowed(fleets, query.fleet), query)
      return ok({ items: items.map(campaignInList), next })
    },

    listCampaignDevices: async ({ params: { id }, query, fleets }) => {
      const campaign = await visible(id, fleets)
      if (!campaign) return unknownCampaign(id)
      const of = { campaignId: id, phases: campaign.phases?.length }
      const { items, next } = await listMembers(table, of, query, { fleets, now: now() })
      return ok({ items: items.map(({ of, attempt }) => attemptView(of, attempt, now())), next })
    },
  }
}
