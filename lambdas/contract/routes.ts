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
 * All HTTP routes; each room declares its own. The API in `lib/`, the OpenAPI document and the tests are
 * generated from this table. Routes share a function if they need the same rights: all that only read share
 * one warm function, and those that may publish or lend credentials are separate.
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
