import { type CampaignRoute, manageCampaigns } from '../../campaigns/manage.ts'
import { onHttp } from '../../http/on-http.ts'
import { newId } from '../../runtime/new-id.ts'
import { publisher } from '../../runtime/publish.ts'
import { connectTable } from '../../table/client.ts'

export const handler = onHttp<CampaignRoute>((env) =>
  manageCampaigns({ table: connectTable(env), publish: publisher(env), now: Date.now, newId }),
)
