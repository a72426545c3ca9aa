import { type CampaignRoute, manageCampaigns } from '../../campaigns/manage.ts'
import { campaignRoutes } from '../../campaigns/routes.ts'
import { onHttp } from '../../http/on-http.ts'
import { packageStore } from '../../packages/store.ts'
import { newId } from '../../runtime/new-id.ts'
import { publisher } from '../../runtime/publish.ts'
import { connectTable } from '../../table/client.ts'

export const handler = onHttp<CampaignRoute>(campaignRoutes, (env) => {
  const table = connectTable(env)
  const packages = packageStore(table)
  return manageCampaigns({ table, packages, publish: publisher(env), now: Date.now, newId })
})
