import { accountRoutes } from '../accounts/routes.ts'
import { alarmRoutes } from '../alarms/routes.ts'
import { campaignRoutes } from '../campaigns/routes.ts'
import { collectionRoutes } from '../collections/routes.ts'
import { debugRoutes } from '../debugging/routes.ts'
import { dockRoutes } from '../docks/routes.ts'
import { logRoutes } from '../logs/routes.ts'
import { organizationRoutes } from '../organizations/routes.ts'
import { overviewRoutes } from '../overview/routes.ts'
import { packageRoutes } from '../packages/routes.ts'
import { rejectedRoutes } from '../rejected/routes.ts'
import { storageRoutes } from '../storage/check/routes.ts'
import { upgradeRoutes } from '../upgrades/routes.ts'
import { webhookRoutes } from '../webhooks/routes.ts'
import { documentRoutes } from './document-routes.ts'

/**
 * All HTTP routes, as each room declares its own: the API in `lib/`, the OpenAPI document and the tests are
 * made from it. `function` names the Lambda that serves the route, a file of `api/`. Routes share a function
 * when they need the same rights, so that what only reads is one warm function and what may publish or lend
 * credentials is kept apart.
 */
export const routes = {
  ...documentRoutes,
  ...overviewRoutes,
  ...dockRoutes,
  ...alarmRoutes,
  ...debugRoutes,
  ...collectionRoutes,
  ...accountRoutes,
  ...logRoutes,
  ...storageRoutes,
  ...upgradeRoutes,
  ...campaignRoutes,
  ...packageRoutes,
  ...organizationRoutes,
  ...webhookRoutes,
  ...rejectedRoutes,
} as const

export type RouteName = keyof typeof routes
