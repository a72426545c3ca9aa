import { onHttp } from '../../http/on-http.ts'
import { bindings } from '../../organizations/bindings.ts'
import { manageOrganizations } from '../../organizations/manage.ts'
import { organizationRoutes } from '../../organizations/routes.ts'
import { organizationStore } from '../../organizations/store.ts'
import { newId } from '../../runtime/new-id.ts'
import { connectTable } from '../../table/client.ts'

export const handler = onHttp(organizationRoutes, (env) => {
  const table = connectTable(env)
  return manageOrganizations({
    organizations: organizationStore(table),
    bindings: bindings(table),
    now: Date.now,
    newId,
  })
})
