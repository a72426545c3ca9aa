import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { api, must } from '../api/client.ts'
import { ApiError } from '../api/problem.ts'
import { readAgain } from '../api/read-again.ts'
import { useNotifications } from '../shell/notifications.tsx'
import { chooseDevices, useTellChosen } from './choose-devices.ts'
import { type Draft, idOf, idsOf } from './draft.ts'
import { settingsOf } from './draft-settings.ts'

const isThere = async (id: string): Promise<boolean> => {
  try {
    await must(api.GET('/v1/campaigns/{id}', { params: { path: { id } } }))
    return true
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false
    throw error
  }
}

/**
 * Makes a campaign of a draft, chooses its devices and shows it: nothing is offered before it is started there.
 * One that has the id already stays as it is, unless it is the one to be `changed`.
 */
export const useMakeCampaign = (changed: string | undefined) => {
  const { fail } = useNotifications()
  const tell = useTellChosen()
  const navigate = useNavigate()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (draft: Draft) => {
      const id = idOf(draft)
      if (changed === undefined && (await isThere(id)))
        throw new ApiError(409, 'The id is taken', { detail: `There is a campaign ${id} already.` })
      await must(api.PUT('/v1/campaigns/{id}', { params: { path: { id } }, body: settingsOf(draft) }))
      await readAgain(queries, ['campaign', id])
      // It is there from now on: what follows can be done again on its own page.
      const deviceIds = idsOf(draft)
      try {
        if (deviceIds.length > 0) tell(await chooseDevices(id, deviceIds))
      } catch (error) {
        fail(error)
      }
      return id
    },
    onSuccess: (id) => navigate(`/campaigns/${id}`),
    onError: fail,
  })
}
