import { connectAircraftPower } from '../../debugging/connect.ts'
import { closeDebugMode, openDebugMode } from '../../debugging/manage.ts'
import { debugRoutes } from '../../debugging/routes.ts'
import { connectDocks } from '../../docks/machines.ts'
import { onHttp } from '../../http/on-http.ts'
import { dockStore } from '../../registry/store.ts'
import { publisher } from '../../runtime/publish.ts'
import { connectTable } from '../../table/client.ts'

export const handler = onHttp(debugRoutes, (env) => {
  const table = connectTable(env)
  const power = connectAircraftPower(table, connectDocks(table), publisher(env))
  const use = { docks: dockStore(table), power, now: Date.now }
  return { ...openDebugMode(use), ...closeDebugMode(use) }
})
