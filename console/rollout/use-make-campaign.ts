import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { api, must } from '../api/client.ts'
import { readAgain } from '../api/read-again.ts'
import { useNotifications } from '../shell/notifications.tsx'
import { chooseDevices, useNotifyChosen } from './choose-devices.ts'
import { type Draft, idOf, idsOf } from './draft.ts'
import { changeOf, settingsOf } from './draft-settings.ts'

/**
 * Creates a campaign from a draft, adds its devices and shows it: nothing is offered before it is started
 * there. It never overwrites an existing id; for a `changed` campaign only the edited settings are sent.
 */
export const useMakeCampaign = (changed: Draft | undefined) => {
  const { fail } = useNotifications()
  const notifyChosen = useNotifyChosen()
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
      // The campaign exists from here on: later steps can be repeated on its own page.
      const deviceIds = idsOf(draft)
      try {
        if (deviceIds.length > 0) notifyChosen(await chooseDevices(id, deviceIds))
      } catch (error) {
        fail(error)
      }
      return id
    },
    onSuccess: (id) => navigate(`/campaigns/${id}`),
    onError: fail,
  })
}
