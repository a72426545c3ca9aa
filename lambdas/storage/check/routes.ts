import { none, route } from '../../http/route.ts'
import { StorageCheck } from './shapes.ts'

/** The check of the storage. */

export const storageRoutes = {
  checkStorage: route({
    method: 'POST',
    path: '/v1/storage/check',
    permission: 'admin',
    function: 'check-storage',
    fleets: 'For all fleets.',
    summary:
      'Try storage as docks and the backend use it: what works, what does not, why, and what to change',
    params: none,
    query: none,
    body: none,
    output: StorageCheck,
    success: 200,
  }),
} as const
