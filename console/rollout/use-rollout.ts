import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { api, must } from '../api/client.ts'
import { readAgain } from '../api/read-again.ts'
import type { Campaign } from '../api/records.ts'
import { useNotifications } from '../shell/notifications.tsx'
import { usePaging } from '../shell/paging.tsx'
import { useList } from '../shell/use-list.ts'
import { isMoving } from './rollout-words.tsx'

/**
 * The polling interval of the lists and the curve of a running campaign, which are large, and change once a
 * minute at most.
 */
export const listAgainMs = 90_000

/** Refreshes a campaign's lists and curve at once after each decision. */
export const useFollowing = (campaign: Campaign | undefined) => {
  const queries = useQueryClient()
  const id = campaign?.id
  const now = campaign && [campaign.state, ...(campaign.phases ?? []).map(({ state }) => state)].join()
  const before = useRef<string>(undefined)
  useEffect(() => {
    const isNew = before.current !== undefined && before.current !== now
    before.current = now
    if (!isNew) return
    const parts = ['curve', 'history', 'skipped', 'devices']
    void readAgain(queries, ...parts.map((part) => ['campaign', id, part]))
  }, [id, now, queries])
}

export const useDryRun = (id: string) =>
  useQuery({
    queryKey: ['campaign', id, 'dry-run'],
    queryFn: () => must(api.GET('/v1/campaigns/{id}/dry-run', { params: { path: { id } } })),
  })

export const useCurve = (campaign: Campaign) => {
  const { id } = campaign
  return useQuery({
    queryKey: ['campaign', id, 'curve'],
    queryFn: () => must(api.GET('/v1/campaigns/{id}/curve', { params: { path: { id } } })),
    refetchInterval: isMoving(campaign) && listAgainMs,
  })
}

export const useHistory = (id: string) =>
  useList({
    key: ['campaign', id, 'history'],
    path: `/v1/campaigns/${id}/history`,
    paging: usePaging(`${id} history`),
    read: (query) => must(api.GET('/v1/campaigns/{id}/history', { params: { path: { id }, query } })),
  })

export const useSkipped = (id: string) =>
  useList({
    key: ['campaign', id, 'skipped'],
    path: `/v1/campaigns/${id}/skipped-devices`,
    paging: usePaging(`${id} skipped`),
    read: (query) => must(api.GET('/v1/campaigns/{id}/skipped-devices', { params: { path: { id }, query } })),
  })

type Steering =
  | { event: 'start' | 'pause' | 'resume' }
  | { event: 'approve'; phase: string; comment?: string }

const ask = (id: string, steering: Steering): Promise<Campaign> => {
  const params = { path: { id } }
  switch (steering.event) {
    case 'start':
      return must(api.POST('/v1/campaigns/{id}/start', { params, body: {} }))
    case 'pause':
      return must(api.POST('/v1/campaigns/{id}/pause', { params, body: {} }))
    case 'resume':
      return must(api.POST('/v1/campaigns/{id}/resume', { params, body: {} }))
    case 'approve': {
      const { event: _, ...body } = steering
      return must(api.POST('/v1/campaigns/{id}/approve', { params, body }))
    }
  }
}

/** Starts, pauses, resumes or approves a campaign. After a refusal it is refreshed: it may have changed. */
export const useSteer = (id: string) => {
  const { fail } = useNotifications()
  const queries = useQueryClient()
  const readCampaign = () => readAgain(queries, ['campaign', id])
  return useMutation({
    mutationFn: (steering: Steering) => ask(id, steering),
    onSuccess: (campaign) => {
      queries.setQueryData(['campaign', id, 'record'], campaign)
      return readCampaign()
    },
    onError: (error) => {
      fail(error)
      return readCampaign()
    },
  })
}
