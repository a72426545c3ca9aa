import { campaignDueKind } from '../../campaigns/put.ts'
import { sweepCampaigns } from '../../campaigns/sweep.ts'
import { connectDocks } from '../../docks/machines.ts'
import { packageStore } from '../../packages/store.ts'
import type { Env } from '../../runtime/env.ts'
import { newId } from '../../runtime/new-id.ts'
import { publisher } from '../../runtime/publish.ts'
import { dueItems } from '../../sweeps/due-items.ts'
import { onClock } from '../../sweeps/on-clock.ts'
import { connectTable } from '../../table/client.ts'

const wire = (env: Env): (() => Promise<void>) => {
  const table = connectTable(env)
  return sweepCampaigns({
    table,
    due: dueItems(table, campaignDueKind),
    packages: packageStore(table),
    docks: connectDocks(table),
    publish: publisher(env),
    now: Date.now,
    newId,
  })
}

export const handler = onClock(wire)
