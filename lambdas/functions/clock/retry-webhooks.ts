import type { Env } from '../../runtime/env.ts'
import { dueItems } from '../../sweeps/due-items.ts'
import { onClock } from '../../sweeps/on-clock.ts'
import { connectTable } from '../../table/client.ts'
import { connectSending } from '../../webhooks/connect.ts'
import { webhookDueKind } from '../../webhooks/store.ts'
import { retryWebhooks } from '../../webhooks/sweep.ts'

const wire = (env: Env): (() => Promise<void>) => {
  const table = connectTable(env)
  return retryWebhooks({ ...connectSending(env, table), due: dueItems(table, webhookDueKind) })
}

export const handler = onClock(wire)
