import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, must, mustDo } from '../api/client.ts'
import { fullPage } from '../api/full-page.ts'
import { nextPollMs } from '../api/pace.ts'
import { ApiError } from '../api/problem.ts'
import { readAgain } from '../api/read-again.ts'
import type { Package } from '../api/records.ts'
import { useNotifications } from '../shell/notifications.tsx'
import { useAddressedPaging } from '../shell/paging.tsx'
import { useList } from '../shell/use-list.ts'
import { UploadFailed } from './send-file.ts'
import { Canceled, transfer } from './uploads.ts'

/** Packages page by page, newest first. */
export const usePackages = () =>
  useList({
    key: ['packages'],
    path: '/v1/packages',
    paging: useAddressedPaging(),
    read: (query) => must(api.GET('/v1/packages', { params: { query } })),
  })

const mostOffered = 200

/** The newest packages, as options. */
export const useNewestPackages = () =>
  useQuery({
    queryKey: ['packages', 'newest'],
    queryFn: () =>
      fullPage((query) => must(api.GET('/v1/packages', { params: { query } })), { limit: mostOffered }),
  })

const readPackage = (id: string): Promise<Package> =>
  must(api.GET('/v1/packages/{id}', { params: { path: { id } } }))

/** A package, polled while its file awaits its proof. */
export const usePackage = (id: string) =>
  useQuery({
    queryKey: ['package', id],
    queryFn: () => readPackage(id),
    refetchInterval: ({ state }) => state.data?.file?.state === 'arrived' && nextPollMs(`/v1/packages/${id}`),
  })

const isThere = async (id: string): Promise<boolean> => {
  try {
    await readPackage(id)
    return true
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false
    throw error
  }
}

export type PackageSettings = Pick<
  Package,
  'name' | 'version' | 'package' | 'machines' | 'models' | 'from' | 'customInfo' | 'fleet'
> & { offer?: Package['offer'] }

/** Creates a package; it never overwrites an existing id. */
export const useMakePackage = (made: (known: Package) => void) => {
  const { fail } = useNotifications()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async ({ id, settings }: { id: string; settings: PackageSettings }) => {
      if (await isThere(id))
        throw new ApiError(409, 'The ID is taken', { detail: `There is a package ${id} already.` })
      return must(api.PUT('/v1/packages/{id}', { params: { path: { id } }, body: settings }))
    },
    onSuccess: (known) => {
      queries.setQueryData(['package', known.id], known)
      made(known)
    },
    onError: fail,
  })
}

const failures = {
  refused: {
    header: 'Storage did not take the file',
    content: 'Check whether the file has changed since it was chosen, then choose it again.',
  },
  unreachable: {
    header: 'Storage cannot be reached',
    content:
      'Choose the same file again to resume. If the error persists, check that the bucket accepts uploads from this page: docs/deploy.md.',
  },
} as const

/** Uploads a package's file. The user may have left the page by the time it ends. */
export const useUploadFile = (id: string) => {
  const { fail, notify } = useNotifications()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (file: File) => transfer(id, file),
    onSuccess: (known) => queries.setQueryData(['package', id], known),
    onError: (error) => {
      if (error instanceof UploadFailed) notify({ type: 'error', ...failures[error.why] })
      else if (error instanceof Canceled)
        notify({
          type: 'info',
          header: 'The upload is canceled',
          content: 'Choose the same file again to resume.',
        })
      else fail(error)
      return readAgain(queries, ['package', id])
    },
  })
}

/** Deletes a package and its file. */
export const useDeletePackage = (id: string) => {
  const { fail, notify } = useNotifications()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => mustDo(api.DELETE('/v1/packages/{id}', { params: { path: { id } } })),
    onSuccess: () => {
      notify({ type: 'success', header: 'The package is deleted' })
      return readAgain(queries, ['package', id], ['packages'])
    },
    onError: fail,
  })
}
