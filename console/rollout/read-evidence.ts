import { api, must } from '../api/client.ts'
import { everything, type PageQuery } from '../api/full-page.ts'
import type { Campaign, Page } from '../api/records.ts'
import type { Evidence } from './evidence.ts'

/**
 * Reads all of a campaign's evidence, page by page; `progress` is called with the number of devices so far. A
 * campaign that only watches has only its devices.
 */
export const readEvidence = async (
  { id, packageId }: Campaign,
  exportedBy: string,
  progress: (devices: number) => void,
): Promise<Evidence> => {
  const path = { id }
  const devices = await everything(
    (query) => must(api.GET('/v1/campaigns/{id}/devices', { params: { path, query } })),
    progress,
  )
  const ofDriving = async <Item>(read: (query: PageQuery) => Promise<Page<Item>>): Promise<Item[]> =>
    packageId === undefined ? [] : everything(read)
  const skipped = await ofDriving((query) =>
    must(api.GET('/v1/campaigns/{id}/skipped-devices', { params: { path, query } })),
  )
  const decisions = await ofDriving((query) =>
    must(api.GET('/v1/campaigns/{id}/history', { params: { path, query } })),
  )
  const campaign = await must(api.GET('/v1/campaigns/{id}', { params: { path } }))
  return { exportedAt: new Date().toISOString(), exportedBy, campaign, decisions, devices, skipped }
}
