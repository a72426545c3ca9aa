import { none, route } from '../../http/route.ts'
import { StorageCheck } from './shapes.ts'

/** The check of the storage. */

export const storageRoutes = {
  checkStorage: route({
    method: 'POST',
    path: '/v1/storage/check',
    permission: 'admin',
    function: 'check-storage',
    fleets: 'Needed for all fleets.',
    summary: 'Test the storage as docks and the backend use it: what works, what fails and how to fix it',
    params: none,
    query: none,
    body: none,
    output: StorageCheck,
    success: 200,
  }),
} as const
