import { accountRoutes } from '../../accounts/routes.ts'
import { alarmRoutes } from '../../alarms/routes.ts'
import { campaignRoutes } from '../../campaigns/routes.ts'
import { collectionRoutes } from '../../collections/routes.ts'
import { debugRoutes } from '../../debugging/routes.ts'
import { dockRoutes } from '../../docks/routes.ts'
import { logRoutes } from '../../logs/routes.ts'
import { organizationRoutes } from '../../organizations/routes.ts'
import { overviewRoutes } from '../../overview/routes.ts'
import { packageRoutes } from '../../packages/routes.ts'
import { rejectedRoutes } from '../../rejected/routes.ts'
import { storageRoutes } from '../../storage/check/routes.ts'
import { upgradeRoutes } from '../../upgrades/routes.ts'
import { webhookRoutes } from '../../webhooks/routes.ts'

/** What operations are sorted by, as the rooms have them; what no room has is about the API itself. */

const rooms: readonly { name: string; description: string; routes: object }[] = [
  { name: 'Overview', description: 'What needs somebody now.', routes: overviewRoutes },
  { name: 'Docks', description: 'Docks, and whether they are there.', routes: dockRoutes },
  { name: 'Logs', description: 'Listings, uploads and archives of the logs of docks.', routes: logRoutes },
  {
    name: 'Collections',
    description: 'Logs that are collected by themselves: after an alarm, a flight, or every day.',
    routes: collectionRoutes,
  },
  { name: 'Alarms', description: 'Alarms of docks and their aircraft.', routes: alarmRoutes },
  {
    name: 'Debug mode',
    description: 'The aircraft in a dock, switched on for a while.',
    routes: debugRoutes,
  },
  { name: 'Devices', description: 'Devices and their upgrades, one by one.', routes: upgradeRoutes },
  { name: 'Campaigns', description: 'Upgrades of many devices, phase by phase.', routes: campaignRoutes },
  { name: 'Packages', description: 'Files that devices are upgraded with.', routes: packageRoutes },
  {
    name: 'Organizations',
    description: 'What docks bind to; with the option `dockServer` alone.',
    routes: organizationRoutes,
  },
  {
    name: 'Dock accounts',
    description: 'Accounts that docks log in with; with the option `dockLogin` alone.',
    routes: accountRoutes,
  },
  { name: 'Webhooks', description: 'Where events are sent over HTTPS.', routes: webhookRoutes },
  { name: 'Storage', description: 'The storage that archives are uploaded to.', routes: storageRoutes },
  { name: 'Rejected messages', description: 'What nobody understood.', routes: rejectedRoutes },
]
const ofTheApi = { name: 'API', description: 'What this API is.' }

export const tags = [...rooms.map(({ name, description }) => ({ name, description })), ofTheApi]

export const tagOf = (operation: string): string =>
  rooms.find(({ routes }) => operation in routes)?.name ?? ofTheApi.name
