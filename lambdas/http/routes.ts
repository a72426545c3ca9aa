import * as z from 'zod/mini'
import {
  Campaign,
  CampaignDeviceResults,
  CampaignDevicesInput,
  CampaignInput,
  CampaignSummary,
} from '../campaigns/shapes.ts'
import { Dock, DockInput, Sn } from '../docks/shapes.ts'
import {
  CancelInput,
  Download,
  HistoryEntry,
  LentCredentials,
  Listing,
  ListingInput,
  Logs,
  RetryInput,
  Upload,
  UploadInput,
  UploadStateName,
} from '../logs/shapes.ts'
import { RejectedMessage } from '../rejected/shapes.ts'
import { StorageCheck } from '../storage/check/shapes.ts'
import {
  AttemptInput,
  CampaignId,
  DeviceEventResults,
  DeviceEvents,
  DeviceId,
  DeviceInput,
  RegisteredDevice,
  Report,
  ReportedVersion,
  Upgrade,
  UpgradeAttempt,
  UpgradeStateName,
} from '../upgrades/shapes.ts'
import { Fleet, GivenTime, Id, ModuleName, PageQuery, page } from './shapes.ts'

/**
 * The only place where HTTP routes are declared: the API in `lib/`, the OpenAPI document and the tests are made from it.
 * `function` names the Lambda that serves the route, a file of `api/`. Routes share a function when they need the same
 * rights, so that what only reads is one warm function and what may publish or lend credentials is kept apart.
 */

/** What a caller must hold; `admin` includes the others except `ingest`. */
export const permissions = ['read', 'operate', 'download', 'admin', 'ingest'] as const
export type Permission = (typeof permissions)[number]

export type ApiFunction =
  | 'read-records'
  | 'register-docks'
  | 'register-devices'
  | 'request-listing'
  | 'start-log-upload'
  | 'cancel-log-upload'
  | 'lend-credentials'
  | 'download-archive'
  | 'delete-archive'
  | 'check-storage'
  | 'read-upgrades'
  | 'manage-upgrades'
  | 'manage-campaigns'
  | 'take-device-events'

export type Route = {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  path: string
  permission: Permission
  function: ApiFunction
  summary: string
  /** In which fleets the caller must hold the permission, where the record's is not all there is to say. */
  fleets?: string
  params: z.core.$ZodType<Record<string, string>>
  query: z.core.$ZodType
  /** Absent: the route takes no body. */
  body?: z.core.$ZodType
  output: z.core.$ZodType
  /** Status of success; 204 has no body. */
  success: 200 | 201 | 202 | 204
  /** Honours `Idempotency-Key`. */
  idempotent?: true
}

const none = z.strictObject({})
const dock = z.object({ dockSn: Sn })
const dockRecord = z.object({ dockSn: Sn, id: Id })
const archive = z.object({ dockSn: Sn, id: Id, module: ModuleName })
const device = z.object({ deviceId: DeviceId })
const attempt = z.object({ deviceId: DeviceId, id: Id })
const campaign = z.object({ id: CampaignId })

const route = <const R extends Route>(r: R): R => r

export const routes = {
  getOpenApi: route({
    method: 'GET',
    path: '/openapi.json',
    permission: 'read',
    function: 'read-records',
    summary: 'This API as an OpenAPI 3.1 document',
    params: none,
    query: none,
    output: z.looseObject({ openapi: z.string() }),
    success: 200,
  }),
  registerDock: route({
    method: 'PUT',
    path: '/v1/docks/{dockSn}',
    permission: 'admin',
    function: 'register-docks',
    summary: 'Register a dock, or replace its name and aircraft; without `fleet` it stays in its own',
    fleets:
      'For all fleets to register a dock or to move it to another fleet; ' +
      'for the fleet that it is in to replace the rest.',
    params: dock,
    query: none,
    body: DockInput,
    output: Dock,
    success: 200,
  }),
  getDock: route({
    method: 'GET',
    path: '/v1/docks/{dockSn}',
    permission: 'read',
    function: 'read-records',
    summary: 'A dock, its active upload and when it was last heard',
    params: dock,
    query: none,
    output: Dock,
    success: 200,
  }),
  listDocks: route({
    method: 'GET',
    path: '/v1/docks',
    permission: 'read',
    function: 'read-records',
    summary: 'Docks, by serial number',
    params: none,
    query: z.strictObject({ ...PageQuery, fleet: z.optional(Fleet) }),
    output: page(Dock),
    success: 200,
  }),
  requestListing: route({
    method: 'POST',
    path: '/v1/docks/{dockSn}/log-listings',
    permission: 'operate',
    function: 'request-listing',
    summary: 'Ask a dock which logs it and its aircraft hold',
    params: dock,
    query: none,
    body: ListingInput,
    output: Listing,
    success: 202,
    idempotent: true,
  }),
  getListing: route({
    method: 'GET',
    path: '/v1/docks/{dockSn}/log-listings/{id}',
    permission: 'read',
    function: 'read-records',
    summary: 'A listing: requested, received, failed or timed out',
    params: dockRecord,
    query: none,
    output: Listing,
    success: 200,
  }),
  getLogs: route({
    method: 'GET',
    path: '/v1/docks/{dockSn}/logs',
    permission: 'read',
    function: 'read-records',
    summary: 'The newest listing of each module',
    params: dock,
    query: none,
    output: Logs,
    success: 200,
  }),
  startUpload: route({
    method: 'POST',
    path: '/v1/docks/{dockSn}/log-uploads',
    permission: 'operate',
    function: 'start-log-upload',
    summary: 'Have a dock upload logs, chosen by boot or by time',
    params: dock,
    query: none,
    body: UploadInput,
    output: Upload,
    success: 202,
    idempotent: true,
  }),
  listDockUploads: route({
    method: 'GET',
    path: '/v1/docks/{dockSn}/log-uploads',
    permission: 'read',
    function: 'read-records',
    summary: 'Uploads of a dock, newest first',
    params: dock,
    query: z.strictObject(PageQuery),
    output: page(Upload),
    success: 200,
  }),
  getUpload: route({
    method: 'GET',
    path: '/v1/docks/{dockSn}/log-uploads/{id}',
    permission: 'read',
    function: 'read-records',
    summary: 'An upload with its archives and who did what; `moreHistory`: more of that is in its history',
    params: dockRecord,
    query: none,
    output: Upload,
    success: 200,
  }),
  listUploadHistory: route({
    method: 'GET',
    path: '/v1/docks/{dockSn}/log-uploads/{id}/history',
    permission: 'read',
    function: 'read-records',
    summary: 'Everything that was done with an upload, who did it and when, newest first',
    params: dockRecord,
    query: z.strictObject(PageQuery),
    output: page(HistoryEntry),
    success: 200,
  }),
  listUploads: route({
    method: 'GET',
    path: '/v1/log-uploads',
    permission: 'read',
    function: 'read-records',
    summary: 'Uploads across docks, newest first',
    params: none,
    query: z.strictObject({
      ...PageQuery,
      state: z.optional(UploadStateName),
      fleet: z.optional(Fleet),
      createdAfter: z.optional(GivenTime),
      createdBefore: z.optional(GivenTime),
    }),
    output: page(Upload),
    success: 200,
  }),
  cancelUpload: route({
    method: 'POST',
    path: '/v1/docks/{dockSn}/log-uploads/{id}/cancel',
    permission: 'operate',
    function: 'cancel-log-upload',
    summary: 'Ask the dock to stop an upload',
    params: dockRecord,
    query: none,
    body: CancelInput,
    output: Upload,
    success: 202,
  }),
  retryUpload: route({
    method: 'POST',
    path: '/v1/docks/{dockSn}/log-uploads/{id}/retry',
    permission: 'operate',
    function: 'start-log-upload',
    summary: 'Upload again what of an ended upload, or of the newest try of it, did not arrive',
    params: dockRecord,
    query: none,
    body: RetryInput,
    output: Upload,
    success: 202,
    idempotent: true,
  }),
  lendCredentials: route({
    method: 'POST',
    path: '/v1/docks/{dockSn}/log-uploads/{id}/credentials',
    permission: 'admin',
    function: 'lend-credentials',
    summary: 'Fresh credentials for the archives of an open upload, in this answer alone',
    params: dockRecord,
    query: none,
    body: none,
    output: LentCredentials,
    success: 200,
  }),
  downloadArchive: route({
    method: 'GET',
    path: '/v1/docks/{dockSn}/log-uploads/{id}/archives/{module}/download',
    permission: 'download',
    function: 'download-archive',
    summary: 'A link that opens one archive for a few minutes',
    params: archive,
    query: none,
    output: Download,
    success: 200,
  }),
  deleteArchive: route({
    method: 'DELETE',
    path: '/v1/docks/{dockSn}/log-uploads/{id}/archives/{module}',
    permission: 'admin',
    function: 'delete-archive',
    summary: 'Delete one archive of an upload that has ended; the record keeps who did and when',
    params: archive,
    query: none,
    output: z.undefined(),
    success: 204,
  }),
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
  registerDevice: route({
    method: 'PUT',
    path: '/v1/devices/{deviceId}',
    permission: 'admin',
    function: 'register-devices',
    summary: 'Register a device, or a device behind a gateway, `parentId`, which may then report for it',
    fleets:
      'For all fleets to register a device or to move it to another fleet; ' +
      'for the fleet that it is in to replace the rest, ' +
      'where `parentId` must be a device in a fleet of the caller’s.',
    params: device,
    query: none,
    body: DeviceInput,
    output: RegisteredDevice,
    success: 200,
  }),
  openUpgradeAttempt: route({
    method: 'POST',
    path: '/v1/devices/{deviceId}/upgrade-attempts',
    permission: 'operate',
    function: 'manage-upgrades',
    summary: 'Expect a device to reach a version; 200 if that is expected already',
    fleets: 'For all fleets where nothing is known of the device yet.',
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
    summary: 'Expect nothing more of an attempt; the device is not told',
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
    summary: 'What a device runs, and how its upgrade stands',
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
    summary:
      'Every report of an attempt, newest first; what a device sent again is shown once, with `repeats`',
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
    summary: 'Devices by the state of their upgrade and the version that they report',
    params: none,
    query: z.strictObject({
      ...PageQuery,
      state: z.optional(UpgradeStateName),
      version: z.optional(ReportedVersion),
      fleet: z.optional(Fleet),
      campaignId: z.optional(CampaignId),
    }),
    output: page(Upgrade),
    success: 200,
  }),
  putCampaign: route({
    method: 'PUT',
    path: '/v1/campaigns/{id}',
    permission: 'operate',
    function: 'manage-campaigns',
    summary: 'Make a campaign of upgrades, or change its settings',
    fleets: 'For all fleets where it names no `fleet`. All fleets share the ids of campaigns.',
    params: campaign,
    query: none,
    body: CampaignInput,
    output: Campaign,
    success: 200,
  }),
  addCampaignDevices: route({
    method: 'POST',
    path: '/v1/campaigns/{id}/devices',
    permission: 'operate',
    function: 'manage-campaigns',
    summary:
      'Open an attempt for each of these devices, a result for each; the same device again changes nothing',
    fleets: 'For all fleets where nothing is known of a device yet.',
    params: campaign,
    query: none,
    body: CampaignDevicesInput,
    output: CampaignDeviceResults,
    success: 200,
  }),
  getCampaign: route({
    method: 'GET',
    path: '/v1/campaigns/{id}',
    permission: 'read',
    function: 'read-upgrades',
    summary: 'A campaign with its devices by state, reported version and reason of failure',
    params: campaign,
    query: none,
    output: Campaign,
    success: 200,
  }),
  listCampaigns: route({
    method: 'GET',
    path: '/v1/campaigns',
    permission: 'read',
    function: 'read-upgrades',
    summary: 'Campaigns, newest first',
    params: none,
    query: z.strictObject({ ...PageQuery, fleet: z.optional(Fleet) }),
    output: page(CampaignSummary),
    success: 200,
  }),
  listCampaignDevices: route({
    method: 'GET',
    path: '/v1/campaigns/{id}/devices',
    permission: 'read',
    function: 'read-upgrades',
    summary: 'The attempts of a campaign, by device; a page may be short and still have a `next`',
    params: campaign,
    query: z.strictObject({ ...PageQuery, state: z.optional(UpgradeStateName) }),
    output: page(UpgradeAttempt),
    success: 200,
  }),
  abortCampaign: route({
    method: 'POST',
    path: '/v1/campaigns/{id}/abort',
    permission: 'operate',
    function: 'manage-campaigns',
    summary: 'Let no more devices in, and close the attempts that no device has begun',
    params: campaign,
    query: none,
    body: none,
    output: Campaign,
    success: 202,
  }),
  takeDeviceEvents: route({
    method: 'POST',
    path: '/v1/device-events',
    permission: 'ingest',
    function: 'take-device-events',
    summary: 'What devices sent, from a forwarder that vouches for their ids; a result for each',
    fleets: 'For all fleets where nothing is known of a device yet.',
    params: none,
    query: none,
    body: DeviceEvents,
    output: DeviceEventResults,
    success: 200,
  }),
  listRejectedMessages: route({
    method: 'GET',
    path: '/v1/rejected-messages',
    permission: 'read',
    function: 'read-records',
    summary: 'What devices sent that could not be understood, and why',
    params: none,
    query: z.strictObject({ ...PageQuery, source: z.optional(z.string().check(z.maxLength(128))) }),
    output: page(RejectedMessage),
    success: 200,
  }),
} as const

export type RouteName = keyof typeof routes
