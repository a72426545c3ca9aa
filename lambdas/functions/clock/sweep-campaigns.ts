import { campaignDueKind } from '../../campaigns/put.ts'
import { sweepCampaigns } from '../../campaigns/sweep.ts'
import type { Env } from '../../env.ts'
import { dueItems } from '../../sweeps/due-items.ts'
import { onClock } from '../../sweeps/on-clock.ts'
import { connectTable } from '../../table/client.ts'

const wire = (env: Env): (() => Promise<void>) => {
  const table = connectTable(env)
  return sweepCampaigns({ table, due: dueItems(table, campaignDueKind), now: Date.now })
}

export const handler = onClock(wire)
