import * as z from 'zod/mini'
import { none, route } from '../http/route.ts'
import { Fleet, PageQuery, page } from '../http/shapes.ts'
import { CampaignId, UpgradeAttempt, UpgradeStateName } from '../upgrades/shapes.ts'
import {
  Campaign,
  CampaignDeviceResults,
  CampaignDevicesInput,
  CampaignInput,
  CampaignSummary,
} from './shapes.ts'

/** What can be asked of campaigns. */

const campaign = z.object({ id: CampaignId })

export const campaignRoutes = {
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
} as const
