import { manageCampaigns } from '../../campaigns/manage.ts'
import { campaignRoutes } from '../../campaigns/routes.ts'
import { connectDocks } from '../../docks/machines.ts'
import { onHttp } from '../../http/on-http.ts'
import { packageStore } from '../../packages/store.ts'
import { newId } from '../../runtime/new-id.ts'
import { publisher } from '../../runtime/publish.ts'
import { connectTable } from '../../table/client.ts'

export const handler = onHttp(campaignRoutes, (env) => {
  const table = connectTable(env)
  const [packages, docks] = [packageStore(table), connectDocks(table)]
  return manageCampaigns({ table, packages, docks, publish: publisher(env), now: Date.now, newId })
})
