import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, must } from '../api/client.ts'
import { everything } from '../api/full-page.ts'
import { ApiError } from '../api/problem.ts'
import { readAgain } from '../api/read-again.ts'
import type { Campaign } from '../api/records.ts'
import { useNotifications } from '../shell/notifications.tsx'
import { count } from '../words/quantities.ts'

const mostAtOnce = 500
/** The most requests for devices for which the API had no time. */
const mostTries = 5

/** Why a device cannot join. A device that has succeeded, or is in the campaign already, needs nothing. */
const whyNot: Readonly<Record<string, string>> = {
  notPermitted: 'not in the fleet of the campaign, or not in yours',
  anotherOpen: 'in another upgrade',
  aborted: 'too late: the campaign was aborted',
}

type Refused = { deviceId: string; outcome: string }
/** `unknown`: unknown ids, which may be mistyped. */
export type Chosen = { chosen: number; refused: Refused[]; unknown: string[] }

const giveOnce = async (
  id: string,
  deviceIds: readonly string[],
  retry: boolean,
): Promise<Chosen & { left: string[] }> => {
  const params = { path: { id } }
  const body = { deviceIds: [...deviceIds], ...(retry ? { retry } : {}) }
  const { results } = await must(api.POST('/v1/campaigns/{id}/devices', { params, body }))
  const refused = results.filter(({ outcome }) => Object.hasOwn(whyNot, outcome))
  const left = results.filter(({ outcome }) => outcome === 'notDone').map(({ deviceId }) => deviceId)
  const unknown = results.filter((one) => one.unknown).map(({ deviceId }) => deviceId)
  return { chosen: results.length - refused.length - left.length, refused, unknown, left }
}

/**
 * Adds any number of devices to a campaign; `retry`: devices that ended without success try again.
 * @throws ApiError
 */
export const chooseDevices = async (
  id: string,
  deviceIds: readonly string[],
  retry = false,
): Promise<Chosen> => {
  const total: Chosen = { chosen: 0, refused: [], unknown: [] }
  for (let at = 0; at < deviceIds.length; at += mostAtOnce) {
    let left = deviceIds.slice(at, at + mostAtOnce)
    for (let tries = 0; left.length > 0 && tries < mostTries; tries++) {
      const given = await giveOnce(id, left, retry)
      total.chosen += given.chosen
      total.refused.push(...given.refused)
      total.unknown.push(...given.unknown)
      left = given.left
    }
    if (left.length > 0) throw new ApiError(503, 'Some devices could not be chosen')
  }
  return total
}

const mostNamed = 10

const named = (ids: readonly string[]): string =>
  `${ids.slice(0, mostNamed).join(', ')}${ids.length > mostNamed ? ', …' : ''}`

/** `Of another fleet: a, b` for each reason. */
const refusedText = (refused: readonly Refused[]): string =>
  [...Map.groupBy(refused, ({ outcome }) => outcome)]
    .map(([outcome, ones]) => `${whyNot[outcome] ?? outcome}: ${named(ones.map(({ deviceId }) => deviceId))}`)
    .join('; ')

/** Shows how many devices were added, and why others were not. */
export const useNotifyChosen = () => {
  const { notify } = useNotifications()
  return ({ chosen, refused, unknown }: Chosen, what = 'chosen') => {
    if (unknown.length > 0)
      notify({
        type: 'info',
        header: 'Some of these devices are not known yet',
        content: `Their ids may be mistyped: ${named(unknown)}`,
      })
    const header = `${count(chosen, 'device')} ${what}`
    if (refused.length === 0) return notify({ type: 'success', header })
    notify({
      type: 'error',
      header: `${header}, ${refused.length.toLocaleString('en')} not`,
      content: `They are ${refusedText(refused)}`,
    })
  }
}

/** Adds devices to an existing campaign. */
export const useChooseDevices = (id: string) => {
  const { fail } = useNotifications()
  const notifyChosen = useNotifyChosen()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (deviceIds: readonly string[]) => chooseDevices(id, deviceIds),
    onSuccess: (chosen) => notifyChosen(chosen),
    onError: fail,
    onSettled: () => readAgain(queries, ['campaign', id]),
  })
}

const unsuccessful = ['failed', 'timedOut', 'rolledBack'] as const

/** The number of a campaign's devices that ended without success, and can try again. */
export const failedOf = ({ states }: Campaign): number =>
  unsuccessful.reduce((sum, state) => sum + states[state], 0)

/** Makes the failed, silent and rolled-back devices of a campaign try again. */
export const useRetryFailed = (id: string) => {
  const { fail } = useNotifications()
  const notifyChosen = useNotifyChosen()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async () => {
      const path = { id }
      const found: string[] = []
      for (const state of unsuccessful) {
        const devices = await everything((page) =>
          must(api.GET('/v1/campaigns/{id}/devices', { params: { path, query: { ...page, state } } })),
        )
        found.push(...devices.map(({ deviceId }) => deviceId))
      }
      return chooseDevices(id, found, true)
    },
    onSuccess: (chosen) => notifyChosen(chosen, 'tried again'),
    onError: fail,
    onSettled: () => readAgain(queries, ['campaign', id]),
  })
}
