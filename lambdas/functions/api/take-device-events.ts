import { offerGuard } from '../../campaigns/rollout/offering.ts'
import { onHttp } from '../../http/on-http.ts'
import { rejectedStore } from '../../rejected/store.ts'
import { publisher } from '../../runtime/publish.ts'
import { connectTable } from '../../table/client.ts'
import { connectOffers } from '../../upgrades/connect-offers.ts'
import { eventRoutes } from '../../upgrades/event-routes.ts'
import { signStore } from '../../upgrades/signs.ts'
import { upgradeStore } from '../../upgrades/store.ts'
import { takeDeviceEvents } from '../../upgrades/take-device-events.ts'

export const handler = onHttp(eventRoutes, (env) => {
  const table = connectTable(env)
  const publish = publisher(env)
  return takeDeviceEvents({
    upgrades: upgradeStore(table, Date.now),
    rejected: rejectedStore(table),
    signs: signStore(table),
    publish,
    ...connectOffers(env, table, { publish, campaignAllows: offerGuard(table) }),
    now: Date.now,
  })
})
