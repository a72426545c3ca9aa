import { admission } from '../../campaigns/admission.ts'
import { connectDocks } from '../../docks/machines.ts'
import { onHttp } from '../../http/on-http.ts'
import { packageStore } from '../../packages/store.ts'
import { newId } from '../../runtime/new-id.ts'
import { publisher } from '../../runtime/publish.ts'
import { connectTable } from '../../table/client.ts'
import { manageUpgrades } from '../../upgrades/manage.ts'
import { upgradeRoutes } from '../../upgrades/routes.ts'
import { upgradeStore } from '../../upgrades/store.ts'
import { traitStore } from '../../upgrades/traits.ts'

export const handler = onHttp(upgradeRoutes, (env) => {
  const table = connectTable(env)
  return manageUpgrades({
    table,
    upgrades: upgradeStore(table, Date.now),
    refusalOf: admission(table),
    docks: connectDocks(table),
    packages: packageStore(table),
    traits: traitStore(table),
    publish: publisher(env),
    now: Date.now,
    newId,
  })
})
