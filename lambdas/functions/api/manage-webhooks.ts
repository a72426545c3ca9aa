import { onHttp } from '../../http/on-http.ts'
import { env as names } from '../../runtime/env.ts'
import { newId } from '../../runtime/new-id.ts'
import { connectTable } from '../../table/client.ts'
import { deliveryHistory } from '../../webhooks/delivery-history.ts'
import { manageWebhooks } from '../../webhooks/manage.ts'
import { webhookRoutes } from '../../webhooks/routes.ts'
import { hookStore } from '../../webhooks/store.ts'

export const handler = onHttp(webhookRoutes, (env) => {
  const table = connectTable(env)
  return manageWebhooks({
    hooks: hookStore(table),
    deliveries: deliveryHistory(table),
    loopback: env[names.webhookLoopback] === 'allow',
    now: Date.now,
    newId,
  })
})
