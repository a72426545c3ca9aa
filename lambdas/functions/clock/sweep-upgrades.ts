import type { Env } from '../../env.ts'
import { publisher } from '../../runtime/publish.ts'
import { dueItems } from '../../sweeps/due-items.ts'
import { onClock } from '../../sweeps/on-clock.ts'
import { connectTable } from '../../table/client.ts'
import { upgradeDueKind } from '../../upgrades/project-upgrade.ts'
import { upgradeStore } from '../../upgrades/store.ts'
import { sweepUpgrades } from '../../upgrades/sweep.ts'

const wire = (env: Env): (() => Promise<void>) => {
  const table = connectTable(env)
  return sweepUpgrades({
    due: dueItems(table, upgradeDueKind),
    upgrades: upgradeStore(table, Date.now),
    publish: publisher(env),
    now: Date.now,
  })
}

export const handler = onClock(wire)
