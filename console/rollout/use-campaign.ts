import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, must } from '../api/client.ts'
import { nextPollMs } from '../api/pace.ts'
import { readAgain } from '../api/read-again.ts'
import type { Campaign, UpgradeState } from '../api/records.ts'
import { useNotifications } from '../shell/notifications.tsx'
import { usePaging } from '../shell/paging.tsx'
import { useList } from '../shell/use-list.ts'
import { isMoving } from './rollout-words.tsx'
import { listAgainMs } from './use-rollout.ts'

const isUnderWay = (campaign: Campaign): boolean => campaign.states.upgrading > 0 || isMoving(campaign)

/**
 * The polling budget's share; for a campaign that drives its devices, its lists and curve are polled, too.
 */
const shareOf = ({ packageId }: Campaign): number => (packageId === undefined ? 1 : 0.4)

/** A campaign with its counts, polled while devices upgrade. */
export const useCampaign = (id: string) =>
  useQuery({
    queryKey: ['campaign', id, 'record'],
    queryFn: () => must(api.GET('/v1/campaigns/{id}', { params: { path: { id } } })),
    refetchInterval: ({ state }) =>
      state.data && isUnderWay(state.data) && nextPollMs(`/v1/campaigns/${id}`, shareOf(state.data)),
  })

/** Its devices in a state, page by page. */
export const useCampaignDevices = (campaign: Campaign, state: UpgradeState | undefined) => {
  const { id } = campaign
  const narrowed = state ? { state } : {}
  return useList({
    key: ['campaign', id, 'devices', state],
    path: `/v1/campaigns/${id}/devices`,
    narrowed,
    paging: usePaging(`${id} ${state}`),
    read: (page) =>
      must(
        api.GET('/v1/campaigns/{id}/devices', { params: { path: { id }, query: { ...narrowed, ...page } } }),
      ),
    moves: () => isMoving(campaign),
    everyMs: listAgainMs,
  })
}

/** Aborts a campaign: no more devices start. */
export const useAbort = (id: string) => {
  const { fail, notify } = useNotifications()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => must(api.POST('/v1/campaigns/{id}/abort', { params: { path: { id } }, body: {} })),
    onSuccess: () => {
      notify({
        type: 'success',
        header: 'The campaign is aborted',
        content: 'What no device has begun is closed within minutes.',
      })
      return readAgain(queries, ['campaign', id])
    },
    onError: fail,
  })
}
