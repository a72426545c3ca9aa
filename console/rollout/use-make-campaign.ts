import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { api, must } from '../api/client.ts'
import { readAgain } from '../api/read-again.ts'
import { useNotifications } from '../shell/notifications.tsx'
import { chooseDevices, useTellChosen } from './choose-devices.ts'
import { type Draft, idOf, idsOf } from './draft.ts'
import { changeOf, settingsOf } from './draft-settings.ts'

/**
 * Makes a campaign of a draft, chooses its devices and shows it: nothing is offered before it is started there.
 * One that has the id already stays as it is; of the
 * one that is `changed`, what was typed anew is.
 */
export const useMakeCampaign = (changed: Draft | undefined) => {
  const { fail } = useNotifications()
  const tell = useTellChosen()
  const navigate = useNavigate()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (draft: Draft) => {
      const id = idOf(draft)
      const params = { path: { id } }
      const settings = settingsOf(draft)
      if (changed) {
        const body = changeOf(settingsOf(changed), settings)
        if (Object.keys(body).length > 0) await must(api.PATCH('/v1/campaigns/{id}', { params, body }))
      } else {
        const header = { 'If-None-Match': '*' } as const
        await must(api.PUT('/v1/campaigns/{id}', { params: { ...params, header }, body: settings }))
      }
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
