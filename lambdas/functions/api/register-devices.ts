import { onHttp } from '../../http/on-http.ts'
import { connectTable } from '../../table/client.ts'
import { registerDevices } from '../../upgrades/register-devices.ts'
import { upgradeRoutes } from '../../upgrades/routes.ts'
import { upgradeStore } from '../../upgrades/store.ts'
import { traitStore } from '../../upgrades/traits.ts'

export const handler = onHttp(upgradeRoutes, (env) => {
  const table = connectTable(env)
  return registerDevices({
    table,
    upgrades: upgradeStore(table, Date.now),
    traits: traitStore(table),
    now: Date.now,
  })
})
