import * as z from 'zod/mini'
import { none, route } from '../http/route.ts'
import { Fleet } from '../http/shapes.ts'
import { Overview } from './shapes.ts'

/** What can be asked of everything at once. */

export const overviewRoutes = {
  getOverview: route({
    method: 'GET',
    path: '/v1/overview',
    permission: 'read',
    function: 'read-records',
    summary: 'What runs, what failed or fell silent, who is offline, what waits for approval',
    params: none,
    query: z.strictObject({ fleet: z.optional(Fleet) }),
    output: Overview,
    success: 200,
  }),
} as const
