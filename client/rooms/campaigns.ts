import { asQuery, ifNew, must, mustDo, type OnlyIfNew, type Paging } from '../call.ts'
import { listOf } from '../pages.ts'
import type { Body, Campaign, Filter } from '../records.ts'
import type { Transport } from '../transport.ts'
import { type WaitOptions, waitUntilOver } from '../waiting.ts'

/** Whether a campaign is final. One that only watches has ended when each of its devices has. */
export const campaignHasEnded = ({ state, aborted, devices, states }: Campaign): boolean => {
  if (aborted !== undefined) return true
  if (state !== undefined) return ['finished', 'stopped', 'aborted'].includes(state)
  return devices > 0 && states.pending + states.upgrading === 0
}

/** Campaigns of upgrades. */
export const campaignsOf = (api: Transport) => {
  const of = (id: string) => ({ params: { path: { id } } })
  const get = (id: string): Promise<Campaign> => must(api.GET('/v1/campaigns/{id}', of(id)))
  return {
    /** Campaigns, newest first. */
    list: (query: Filter<'listCampaigns'> & Paging = {}) =>
      listOf((cursor) => must(api.GET('/v1/campaigns', { params: { query: asQuery(query, cursor) } }))),
    get,
    /** Creates a campaign, or replaces its settings. @throws AlreadyExistsError, with `onlyIfNew` */
    put: (id: string, body: Body<'putCampaign'>, more: OnlyIfNew = {}): Promise<Campaign> =>
      must(api.PUT('/v1/campaigns/{id}', { params: { path: { id }, header: ifNew(more) }, body })),
    /** Changes only the given fields; null removes a field. */
    change: (id: string, body: Body<'changeCampaign'>): Promise<Campaign> =>
      must(api.PATCH('/v1/campaigns/{id}', { ...of(id), body })),
    /**
     * Deletes a campaign that has not begun or has ended; its records stay until they expire. @throws
     * CampaignInUseError
     */
    remove: (id: string): Promise<void> => mustDo(api.DELETE('/v1/campaigns/{id}', of(id))),
    /** Adds devices, at most 500 at once; returns a result for each. */
    addDevices: (id: string, deviceIds: string[], more: { retry?: boolean } = {}) =>
      must(api.POST('/v1/campaigns/{id}/devices', { ...of(id), body: { deviceIds, ...more } })),
    /** The attempts of its devices. */
    devices: (id: string, query: Filter<'listCampaignDevices'> & Paging = {}) =>
      listOf((cursor) =>
        must(
          api.GET('/v1/campaigns/{id}/devices', { params: { path: { id }, query: asQuery(query, cursor) } }),
        ),
      ),
    /** The decisions, with author and reason, newest first. */
    history: (id: string, query: Paging = {}) =>
      listOf((cursor) =>
        must(
          api.GET('/v1/campaigns/{id}/history', { params: { path: { id }, query: asQuery(query, cursor) } }),
        ),
      ),
    skipped: (id: string, query: Paging = {}) =>
      listOf((cursor) =>
        must(
          api.GET('/v1/campaigns/{id}/skipped-devices', {
            params: { path: { id }, query: asQuery(query, cursor) },
          }),
        ),
      ),
    curve: (id: string) => must(api.GET('/v1/campaigns/{id}/curve', of(id))),
    /** What it would do if started now. */
    dryRun: (id: string) => must(api.GET('/v1/campaigns/{id}/dry-run', of(id))),
    start: (id: string): Promise<Campaign> =>
      must(api.POST('/v1/campaigns/{id}/start', { ...of(id), body: {} })),
    pause: (id: string): Promise<Campaign> =>
      must(api.POST('/v1/campaigns/{id}/pause', { ...of(id), body: {} })),
    resume: (id: string): Promise<Campaign> =>
      must(api.POST('/v1/campaigns/{id}/resume', { ...of(id), body: {} })),
    /** Approves the named phase, which has passed its gate, and opens the next one. */
    approve: (id: string, body: Body<'approveCampaign'>): Promise<Campaign> =>
      must(api.POST('/v1/campaigns/{id}/approve', { ...of(id), body })),
    abort: (id: string): Promise<Campaign> =>
      must(api.POST('/v1/campaigns/{id}/abort', { ...of(id), body: {} })),
    /** Resolves with the campaign once it has finished, has stopped at a gate, or was aborted. */
    waitFor: (id: string, options?: WaitOptions<Campaign>): Promise<Campaign> =>
      waitUntilOver({ read: () => get(id), isOver: campaignHasEnded }, options),
  }
}
