import { offerGuard } from '../../campaigns/rollout/offering.ts'
import { connectDocks } from '../../docks/machines.ts'
import type { Env } from '../../runtime/env.ts'
import { publisher } from '../../runtime/publish.ts'
import { dueItems } from '../../sweeps/due-items.ts'
import { onClock } from '../../sweeps/on-clock.ts'
import { connectTable } from '../../table/client.ts'
import { connectOffers } from '../../upgrades/connect-offers.ts'
import { upgradeDueKind } from '../../upgrades/project-upgrade.ts'
import { upgradeStore } from '../../upgrades/store.ts'
import { sweepUpgrades } from '../../upgrades/sweep.ts'

const wire = (env: Env): (() => Promise<void>) => {
  const table = connectTable(env)
  const publish = publisher(env)
  const { sendOffer: _, ...offers } = connectOffers(env, table, {
    publish,
    campaignAllows: offerGuard(table),
  })
  return sweepUpgrades({
    ...offers,
    docks: connectDocks(table),
    due: dueItems(table, upgradeDueKind),
    upgrades: upgradeStore(table, Date.now),
    publish,
    now: Date.now,
  })
}

export const handler = onClock(wire)
