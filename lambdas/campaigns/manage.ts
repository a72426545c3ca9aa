import type { Handlers } from '../http/on-http.ts'
import {
  accepted,
  campaignAborted,
  campaignDeleted,
  ok,
  overtaken,
  problem,
  unknownCampaign,
} from '../http/reply.ts'
import type { packageStore } from '../packages/store.ts'
import { errorFields } from '../runtime/error-fields.ts'
import { log } from '../runtime/log.ts'
import type { NewId } from '../runtime/new-id.ts'
import type { Publish } from '../runtime/publish.ts'
import type { Table } from '../table/client.ts'
import type { Device } from '../upgrades/devices.ts'
import type { Docks } from '../upgrades/docks/needs.ts'
import { askVersion } from '../upgrades/version-questions.ts'
import { changeCampaigns } from './change.ts'
import { deleteCampaigns } from './delete.ts'
import { addDevices, type JoinResult } from './join.ts'
import { chooseDevices } from './rollout/choose.ts'
import { type SteerRoute, steerCampaigns } from './rollout/steer.ts'
import type { campaignRoutes } from './routes.ts'
import { campaignStore, isVisible } from './store.ts'
import { campaignHref, countedViews } from './view.ts'

/**
 * Creates campaigns, adds devices, aborts and deletes. Idempotent: a device is added once, and tries again
 * only if a retry is requested; only the first abort counts.
 */

type Needs = {
  table: Table
  packages: Pick<ReturnType<typeof packageStore>, 'get' | 'use'>
  docks: Docks
  publish: Publish
  now: () => number
  newId: NewId
}

type CampaignRoute =
  | 'putCampaign'
  | 'changeCampaign'
  | 'deleteCampaign'
  | 'addCampaignDevices'
  | 'abortCampaign'
  | SteerRoute

/**
 * Milliseconds after which adding stops, well before the function's timeout; the result says which devices
 * are left.
 */
const addingMs = 12_000

export const manageCampaigns = ({
  table,
  packages,
  docks,
  publish,
  now,
  newId,
}: Needs): Handlers<typeof campaignRoutes, CampaignRoute> => {
  const campaigns = campaignStore(table)
  const counted = countedViews(table, now)

  return {
    ...steerCampaigns({ table, campaigns, packages, counted, now }),
    ...changeCampaigns({ campaigns, packages, counted, now }),
    ...deleteCampaigns({ campaigns, now }),

    addCampaignDevices: async ({ params: { id }, body, fleets, caller }) => {
      const campaign = await campaigns.get(id)
      if (!campaign || !isVisible(campaign, fleets)) return unknownCampaign(id)
      if (campaign.deleted) return campaignDeleted()
      const until = now() + addingMs
      const deviceIds = [...new Set(body.deviceIds)]
      if (campaign.rollout) {
        if (campaign.rollout.state !== 'draft')
          return problem(
            'campaign-started',
            'A campaign that has started takes no more devices. Make another campaign.',
          )
        const { packageId = '' } = campaign
        const isForDocks = (await packages.get(packageId))?.machines === 'docks'
        const options = { fleets, now, until, docks: isForDocks ? docks : undefined }
        const results = await chooseDevices(table, campaign, deviceIds, options)
        const after = await campaigns.get(id)
        if (!after || !isVisible(after, fleets)) return unknownCampaign(id)
        // If it was started meanwhile, its plan may or may not include these devices.
        const isLate = after.rollout?.state !== 'draft'
        const shown = (one: JoinResult): JoinResult =>
          isLate && one.outcome === 'chosen' ? { ...one, outcome: 'notDone' } : one
        return ok({ results: results.map(shown) })
      }
      if (!(await campaigns.beginAdding(campaign, now())))
        return (await campaigns.get(id))?.aborted ? campaignAborted() : overtaken('campaign')
      const onError = (deviceId: string, error: unknown) =>
        log('deviceNotAdded', { campaignId: id, deviceId, ...errorFields(error) })
      const ask = async (device: Pick<Device, 'deviceId' | 'parentId'>) => {
        // The device has been added; the sweep asks it later.
        await askVersion({ publish, now }, device).catch((error: unknown) =>
          log('versionNotAsked', { campaignId: id, deviceId: device.deviceId, ...errorFields(error) }),
        )
      }
      const { retry = false } = body
      const options = { fleets, by: caller.name, now, newId, retry, until, ask, onError }
      return ok({ results: await addDevices(table, campaign, deviceIds, options) })
    },

    abortCampaign: async ({ params: { id }, fleets, caller }) => {
      const campaign = await campaigns.get(id)
      if (!campaign || !isVisible(campaign, fleets)) return unknownCampaign(id)
      if (campaign.deleted) return campaignDeleted()
      await campaigns.abort(campaign, { at: now(), by: caller.name, reason: 'operator' })
      const aborted = await campaigns.get(id)
      if (!aborted?.aborted || !isVisible(aborted, fleets)) return overtaken('campaign')
      return accepted(await counted(aborted), campaignHref(id))
    },
  }
}
