import { onHttp } from '../../http/on-http.ts'
import { managePackages, type PackageRoute } from '../../packages/manage.ts'
import { packageRoutes } from '../../packages/routes.ts'
import { newId } from '../../runtime/new-id.ts'
import { packageFiles } from '../../storage/package-files.ts'
import { connectTable } from '../../table/client.ts'

export const handler = onHttp<PackageRoute>(packageRoutes, (env) =>
  managePackages({ table: connectTable(env), files: packageFiles(env), now: Date.now, newId }),
)
