import type { Handlers } from '../http/on-http.ts'
import { ok, unknownPackage } from '../http/reply.ts'
import type { packageRoutes } from './routes.ts'
import { isVisible, type PackageStore } from './store.ts'
import { packageView } from './view.ts'

/** What operators read about packages. */

export type PackageReadRoute = 'getPackage' | 'listPackages'

export const readPackages = (
  packages: Pick<PackageStore, 'get' | 'list'>,
): Handlers<typeof packageRoutes, PackageReadRoute> => ({
  getPackage: async ({ params: { id }, fleets }) => {
    const known = await packages.get(id)
    return known && isVisible(known, fleets) ? ok(packageView(known)) : unknownPackage(id)
  },

  listPackages: async ({ query, fleets }) => {
    const { items, next } = await packages.list(fleets, query)
    return ok({ items: items.map(packageView), next })
  },
})
