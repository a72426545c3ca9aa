import { api, must } from '../api/client.ts'
import type { Campaign, Page } from '../api/records.ts'
import type { Evidence } from './evidence.ts'

const longestPage = 200

type PageQuery = { limit: number; cursor?: string }

const everything = async <Item>(
  read: (query: PageQuery) => Promise<Page<Item>>,
  progress: (items: number) => void = () => {},
): Promise<Item[]> => {
  const items: Item[] = []
  let cursor: string | undefined
  do {
    const page = await read({ limit: longestPage, ...(cursor === undefined ? {} : { cursor }) })
    items.push(...page.items)
    progress(items.length)
    cursor = page.next
  } while (cursor !== undefined)
  return items
}

/**
 * Reads all of a campaign's evidence, page by page; `progress` is told how many devices there are so far. Of a
 * campaign that only watches there are its devices alone.
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
