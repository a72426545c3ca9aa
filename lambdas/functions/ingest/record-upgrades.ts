import { offerGuard } from '../../campaigns/rollout/offering.ts'
import { onQueue } from '../../queue/batch.ts'
import { rejectedStore } from '../../rejected/store.ts'
import { env as names } from '../../runtime/env.ts'
import { publisher } from '../../runtime/publish.ts'
import { connectTable } from '../../table/client.ts'
import { connectOffers } from '../../upgrades/connect-offers.ts'
import { recordUpgrades } from '../../upgrades/record.ts'
import { signStore } from '../../upgrades/signs.ts'
import { upgradeStore } from '../../upgrades/store.ts'

export const handler = onQueue((env) => {
  const table = connectTable(env)
  const publish = publisher(env)
  return recordUpgrades({
    upgrades: upgradeStore(table, Date.now),
    rejected: rejectedStore(table),
    signs: signStore(table),
    publish,
    ...connectOffers(env, table, { publish, campaignAllows: offerGuard(table) }),
    tellTime: env[names.timeSync] === 'off' ? undefined : publish,
    now: Date.now,
  })
})
