import { onHttp } from '../../http/on-http.ts'
import { rejectedStore } from '../../rejected/store.ts'
import { publisher } from '../../runtime/publish.ts'
import { connectTable } from '../../table/client.ts'
import { upgradeRoutes } from '../../upgrades/routes.ts'
import { signStore } from '../../upgrades/signs.ts'
import { upgradeStore } from '../../upgrades/store.ts'
import { takeDeviceEvents } from '../../upgrades/take-device-events.ts'

export const handler = onHttp<'takeDeviceEvents'>(upgradeRoutes, (env) => {
  const table = connectTable(env)
  return takeDeviceEvents({
    upgrades: upgradeStore(table, Date.now),
    rejected: rejectedStore(table),
    signs: signStore(table),
    publish: publisher(env),
    now: Date.now,
  })
})
