import { type Env, env as names } from '../runtime/env.ts'
import type { Table } from '../table/client.ts'
import { deliveryStore } from './deliveries.ts'
import { poster } from './post.ts'
import { hookStore } from './store.ts'
import { rememberedSecrets, type SendingNeeds } from './try-once.ts'

/** What sending needs, from the environment. */
export const connectSending = (env: Env, table: Table): SendingNeeds => {
  const hooks = hookStore(table)
  return {
    hooks,
    deliveries: deliveryStore(table),
    secrets: rememberedSecrets(hooks),
    post: poster({ loopback: env[names.webhookLoopback] === 'allow' }),
    now: Date.now,
  }
}
