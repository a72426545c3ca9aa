import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, must } from '../api/client.ts'
import { problemOf } from '../api/problem.ts'
import type { DockAccount } from '../api/records.ts'
import { useNotifications } from '../shell/notifications.tsx'
import { usePaging } from '../shell/paging.tsx'
import { useList } from '../shell/use-list.ts'

const queryKey = ['dock-accounts']

/** A page of the docks' login accounts. */
export const useAccounts = () =>
  useList({
    key: queryKey,
    path: '/v1/dock-accounts',
    paging: usePaging('dock-accounts'),
    read: (query) => must(api.GET('/v1/dock-accounts', { params: { query } })),
  })

/** An account, and its password, which is shown only this once. */
export type NewLogin = { userName: string; password: string }

type Listed = { items: DockAccount[]; next?: string }

/**
 * Puts a changed account into the list, since the index may lag behind an immediate refresh. `changed`
 * returns the account's new state.
 */
const useAccountChange = <Input, Output>(
  mutationFn: (input: Input) => Promise<Output>,
  changed: (output: Output, known: readonly DockAccount[], input: Input) => DockAccount | undefined,
  done?: (output: Output) => void,
) => {
  const { fail } = useNotifications()
  const queries = useQueryClient()
  return useMutation({
    mutationFn,
    onSuccess: (output, input) => {
      queries.setQueriesData<Listed>({ queryKey }, (list) => {
        const account = list && changed(output, list.items, input)
        if (!account) return list
        const isKnown = list.items.some(({ userName }) => userName === account.userName)
        const others = list.items.map((one) => (one.userName === account.userName ? account : one))
        return { ...list, items: isKnown ? others : [account, ...others] }
      })
      done?.(output)
    },
    onError: fail,
  })
}

export const useMakeAccount = (done: (made: NewLogin) => void) =>
  useAccountChange(
    (body: { fleet: string; dockSn?: string }) => must(api.POST('/v1/dock-accounts', { body })),
    ({ password, ...account }) => account,
    done,
  )

export const useRotateAccount = (done: (made: NewLogin) => void) =>
  useAccountChange(
    ({ userName }: { userName: string }) =>
      must(api.POST('/v1/dock-accounts/{userName}/rotate', { params: { path: { userName } } })),
    ({ password, ...account }) => account,
    done,
  )

export const useRevokeAccount = () =>
  useAccountChange(
    async ({ userName }: { userName: string }) => {
      const params = { path: { userName } }
      const { error, response } = await api.DELETE('/v1/dock-accounts/{userName}', { params })
      if (!response.ok) throw problemOf(response.status, error)
    },
    (_, known, input) => {
      const account = known.find(({ userName }) => userName === input.userName)
      return account && { ...account, revokedAt: new Date().toISOString() }
    },
  )
