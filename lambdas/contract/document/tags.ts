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

/** Tags, one for each room. Operations without a room are about the API itself. */

const rooms: readonly { name: string; description: string; routes: object }[] = [
  { name: 'Overview', description: 'What needs attention now.', routes: overviewRoutes },
  { name: 'Docks', description: 'Docks and their presence.', routes: dockRoutes },
  { name: 'Logs', description: 'Listings, uploads and archives of the logs of docks.', routes: logRoutes },
  {
    name: 'Collections',
    description: 'Logs that are collected automatically: after an alarm, after a flight, or every day.',
    routes: collectionRoutes,
  },
  { name: 'Alarms', description: 'Alarms of docks and their aircraft.', routes: alarmRoutes },
  {
    name: 'Debug mode',
    description: 'Switches on the aircraft in a dock for a while.',
    routes: debugRoutes,
  },
  { name: 'Devices', description: 'Devices and their upgrades, one by one.', routes: upgradeRoutes },
  { name: 'Campaigns', description: 'Upgrades of many devices, phase by phase.', routes: campaignRoutes },
  { name: 'Packages', description: 'Firmware and software files for upgrades.', routes: packageRoutes },
  {
    name: 'Organizations',
    description: 'The organizations that docks bind to. Only with the option `dockServer`.',
    routes: organizationRoutes,
  },
  {
    name: 'Dock accounts',
    description: 'Accounts with which docks log in. Only with the option `dockLogin`.',
    routes: accountRoutes,
  },
  { name: 'Webhooks', description: 'HTTPS receivers of events.', routes: webhookRoutes },
  { name: 'Storage', description: 'The storage to which archives are uploaded.', routes: storageRoutes },
  {
    name: 'Rejected messages',
    description: 'Messages that could not be understood.',
    routes: rejectedRoutes,
  },
]
const ofTheApi = { name: 'API', description: 'Descriptions of this API.' }

export const tags = [...rooms.map(({ name, description }) => ({ name, description })), ofTheApi]

export const tagOf = (operation: string): string =>
  rooms.find(({ routes }) => operation in routes)?.name ?? ofTheApi.name
