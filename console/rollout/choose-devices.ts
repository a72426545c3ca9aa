import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, must } from '../api/client.ts'
import { ApiError } from '../api/problem.ts'
import { readAgain } from '../api/read-again.ts'
import { useNotifications } from '../shell/notifications.tsx'
import { count } from '../words/quantities.ts'

const mostAtOnce = 500
/** One that the API had no time for is given to it again, so often. */
const mostTries = 5

export type Chosen = { chosen: number; refused: string[] }

const giveOnce = async (id: string, deviceIds: readonly string[]): Promise<Chosen & { left: string[] }> => {
  const params = { path: { id } }
  const body = { deviceIds: [...deviceIds] }
  const { results } = await must(api.POST('/v1/campaigns/{id}/devices', { params, body }))
  const having = (...outcomes: string[]) =>
    results.filter(({ outcome }) => outcomes.includes(outcome)).map(({ deviceId }) => deviceId)
  return {
    chosen: having('chosen', 'alreadyIn').length,
    refused: having('notPermitted'),
    left: having('notDone'),
  }
}

/** Chooses devices for a draft, as many as there are. @throws ApiError */
export const chooseDevices = async (id: string, deviceIds: readonly string[]): Promise<Chosen> => {
  const total: Chosen = { chosen: 0, refused: [] }
  for (let at = 0; at < deviceIds.length; at += mostAtOnce) {
    let left = deviceIds.slice(at, at + mostAtOnce)
    for (let tries = 0; left.length > 0 && tries < mostTries; tries++) {
      const given = await giveOnce(id, left)
      total.chosen += given.chosen
      total.refused.push(...given.refused)
      left = given.left
    }
    if (left.length > 0) throw new ApiError(503, 'Some devices could not be chosen')
  }
  return total
}

const mostNamed = 10

/** Tells how many devices were chosen, and which are of another fleet. */
export const useTellChosen = () => {
  const { notify } = useNotifications()
  return ({ chosen, refused }: Chosen) => {
    const header = `${count(chosen, 'device')} chosen`
    if (refused.length === 0) return notify({ type: 'success', header })
    const named = refused.slice(0, mostNamed).join(', ')
    notify({
      type: 'error',
      header: `${header}, ${refused.length.toLocaleString('en')} not`,
      content: `They are of another fleet than the campaign, or not of yours: ${named}${refused.length > mostNamed ? ', …' : ''}`,
    })
  }
}

/** Chooses more devices for a draft that is there. */
export const useChooseDevices = (id: string) => {
  const { fail } = useNotifications()
  const tell = useTellChosen()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (deviceIds: readonly string[]) => chooseDevices(id, deviceIds),
    onSuccess: tell,
    onError: fail,
    onSettled: () => readAgain(queries, ['campaign', id]),
  })
}
