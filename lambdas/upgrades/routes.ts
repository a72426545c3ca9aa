import * as z from 'zod/mini'
import { none, route } from '../http/route.ts'
import { Fleet, Id, PageQuery, page, statesQuery } from '../http/shapes.ts'
import { eventRoutes } from './event-routes.ts'
import {
  AttemptInput,
  CampaignId,
  DeviceChange,
  DeviceId,
  DeviceInput,
  RegisteredDevice,
  Report,
  ReportedVersion,
  Upgrade,
  UpgradeAttempt,
} from './shapes.ts'
import { unsuccessfulUpgrades, upgradeStates } from './upgrade-states.ts'

/** Routes of devices and their upgrades. */

const device = z.object({ deviceId: DeviceId })
const attempt = z.object({ deviceId: DeviceId, id: Id })

export const upgradeRoutes = {
  registerDevice: route({
    method: 'PUT',
    path: '/v1/devices/{deviceId}',
    permission: 'admin',
    function: 'register-devices',
    summary:
      'Register a device, with what campaigns select it by; with `parentId`, ' +
      'one behind a gateway, which may then report for it',
    fleets:
      'For all fleets to register a device or to move it to another fleet; ' +
      'for its own fleet to replace the rest, ' +
      'where `parentId` must be a device in a fleet of the caller’s.',
    params: device,
    query: none,
    body: DeviceInput,
    output: RegisteredDevice,
    success: 200,
    makes: true,
  }),
  changeDevice: route({
    method: 'PATCH',
    path: '/v1/devices/{deviceId}',
    permission: 'admin',
    function: 'register-devices',
    summary: 'Change the given fields of a device; null removes a field',
    fleets:
      'For all fleets to move a device to another fleet, with `parentId` where it has one; ' +
      'for its own fleet to change the rest, ' +
      'where `parentId` must be a device in a fleet of the caller’s.',
    params: device,
    query: none,
    body: DeviceChange,
    output: RegisteredDevice,
    success: 200,
  }),
  deleteDevice: route({
    method: 'DELETE',
    path: '/v1/devices/{deviceId}',
    permission: 'admin',
    function: 'register-devices',
    summary: 'Remove a device that is not being upgraded; its attempts and reports stay until they expire',
    params: device,
    query: none,
    output: none,
    success: 204,
  }),
  getDevice: route({
    method: 'GET',
    path: '/v1/devices/{deviceId}',
    permission: 'read',
    function: 'read-upgrades',
    summary: 'A device as it was registered',
    params: device,
    query: none,
    output: RegisteredDevice,
    success: 200,
  }),
  listDevices: route({
    method: 'GET',
    path: '/v1/devices',
    permission: 'read',
    function: 'read-upgrades',
    summary: 'Devices as they were registered, by id; `deviceId` is a prefix of the ids',
    params: none,
    query: z.strictObject({ ...PageQuery, deviceId: z.optional(DeviceId), fleet: z.optional(Fleet) }),
    output: page(RegisteredDevice),
    success: 200,
  }),
  openUpgradeAttempt: route({
    method: 'POST',
    path: '/v1/devices/{deviceId}/upgrade-attempts',
    permission: 'operate',
    function: 'manage-upgrades',
    summary:
      'Offer a device a package, or expect another platform to upgrade it; 200 if such an attempt is open already',
    fleets: 'For all fleets if the device is unknown.',
    params: device,
    query: none,
    body: AttemptInput,
    output: UpgradeAttempt,
    success: 202,
  }),
  closeUpgradeAttempt: route({
    method: 'POST',
    path: '/v1/devices/{deviceId}/upgrade-attempts/{id}/close',
    permission: 'operate',
    function: 'manage-upgrades',
    summary: 'Close an attempt; the device is not told',
    params: attempt,
    query: none,
    body: none,
    output: UpgradeAttempt,
    success: 200,
  }),
  getUpgrade: route({
    method: 'GET',
    path: '/v1/devices/{deviceId}/upgrade',
    permission: 'read',
    function: 'read-upgrades',
    summary: 'What a device runs, and the state of its upgrade',
    params: device,
    query: none,
    output: Upgrade,
    success: 200,
  }),
  listUpgradeAttempts: route({
    method: 'GET',
    path: '/v1/devices/{deviceId}/upgrade-attempts',
    permission: 'read',
    function: 'read-upgrades',
    summary: 'Attempts to upgrade a device, newest first',
    params: device,
    query: z.strictObject(PageQuery),
    output: page(UpgradeAttempt),
    success: 200,
  }),
  listUpgradeReports: route({
    method: 'GET',
    path: '/v1/devices/{deviceId}/upgrade-attempts/{id}/reports',
    permission: 'read',
    function: 'read-upgrades',
    summary: 'Every report of an attempt, newest first; a repeated report is shown once, with `repeats`',
    params: attempt,
    query: z.strictObject(PageQuery),
    output: page(Report),
    success: 200,
  }),
  listUpgrades: route({
    method: 'GET',
    path: '/v1/upgrades',
    permission: 'read',
    function: 'read-upgrades',
    summary:
      'Devices by the state of their upgrade and the version that they report; `deviceId` is a prefix of the ids',
    params: none,
    query: z.strictObject({
      ...PageQuery,
      state: z.optional(statesQuery(upgradeStates, unsuccessfulUpgrades)),
      deviceId: z.optional(DeviceId),
      version: z.optional(ReportedVersion),
      fleet: z.optional(Fleet),
      campaignId: z.optional(CampaignId),
    }),
    output: page(Upgrade),
    success: 200,
  }),
  ...eventRoutes,
} as const
