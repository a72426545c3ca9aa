import { readCampaigns } from '../../campaigns/read.ts'
import { campaignRoutes } from '../../campaigns/routes.ts'
import { connectDocks } from '../../docks/machines.ts'
import { onHttp } from '../../http/on-http.ts'
import { readPackages } from '../../packages/read.ts'
import { packageRoutes } from '../../packages/routes.ts'
import { packageStore } from '../../packages/store.ts'
import { connectTable } from '../../table/client.ts'
import { readUpgrades } from '../../upgrades/read.ts'
import { upgradeReader } from '../../upgrades/reader.ts'
import { upgradeRoutes } from '../../upgrades/routes.ts'
import { signStore } from '../../upgrades/signs.ts'
import { traitStore } from '../../upgrades/traits.ts'

export const handler = onHttp({ ...upgradeRoutes, ...campaignRoutes, ...packageRoutes }, (env) => {
  const table = connectTable(env)
  const packages = packageStore(table)
  return {
    ...readUpgrades({
      upgrades: upgradeReader(table),
      signs: signStore(table),
      traits: traitStore(table),
      now: Date.now,
    }),
    ...readCampaigns({ table, readPackage: packages.get, docks: connectDocks(table), now: Date.now }),
    ...readPackages(packages),
  }
})
