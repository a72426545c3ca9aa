import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, must } from '../api/client.ts'
import { ApiError } from '../api/problem.ts'
import { readAgain } from '../api/read-again.ts'
import type { BindingCode, Organization } from '../api/records.ts'
import { useNotifications } from '../shell/notifications.tsx'

const longestPage = 200

/** The organizations that docks may bind to. */
export const useOrganizations = () =>
  useQuery({
    queryKey: ['organizations', 'all'],
    queryFn: () => must(api.GET('/v1/organizations', { params: { query: { limit: longestPage } } })),
  })

/** Whether this deployment leaves the docks' requests to another platform: then it has no such route. */
export const isNotServer = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 404 && error.type === undefined

/** The codes of an organization, including unusable ones. */
export const useBindingCodes = (id: string) =>
  useQuery({
    queryKey: ['organizations', id, 'codes'],
    queryFn: () => must(api.GET('/v1/organizations/{id}/binding-codes', { params: { path: { id } } })),
  })

/**
 * Creates or renames an organization. The list is not refreshed at once: it comes from an index, which may
 * lag.
 */
export const useSaveOrganization = (done: () => void) => {
  const { fail } = useNotifications()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, name }: { id: string; name: string }) =>
      must(api.PUT('/v1/organizations/{id}', { params: { path: { id } }, body: { name } })),
    onSuccess: (saved) => {
      queries.setQueryData<{ items: Organization[] }>(['organizations', 'all'], (known) => ({
        ...known,
        items: [...(known?.items ?? []).filter(({ id }) => id !== saved.id), saved],
      }))
      done()
    },
    onError: fail,
  })
}

const useCodeChange = <Input extends { id: string }, Output>(
  mutationFn: (input: Input) => Promise<Output>,
  done?: (output: Output) => void,
) => {
  const { fail } = useNotifications()
  const queries = useQueryClient()
  return useMutation({
    mutationFn,
    onSuccess: async (output, { id }) => {
      await readAgain(queries, ['organizations', id, 'codes'])
      done?.(output)
    },
    onError: fail,
  })
}

export type CodeRequest = { id: string; uses: number; expiresInHours: number; fleet?: string }
export type NewCode = BindingCode & { code: string }

/** Creates a binding code; only the answer contains it. */
export const useMakeCode = (done: (made: NewCode) => void) =>
  useCodeChange(
    ({ id, ...body }: CodeRequest) =>
      must(api.POST('/v1/organizations/{id}/binding-codes', { params: { path: { id } }, body })),
    done,
  )

export const useRevokeCode = () =>
  useCodeChange(({ id, codeId }: { id: string; codeId: string }) =>
    must(api.DELETE('/v1/organizations/{id}/binding-codes/{codeId}', { params: { path: { id, codeId } } })),
  )
