import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { api, must } from '../api/client.ts'
import { nextPollMs } from '../api/pace.ts'
import { problemOf } from '../api/problem.ts'
import { readAgain } from '../api/read-again.ts'
import type { ModuleName, Upload } from '../api/records.ts'
import { useNotifications } from '../shell/notifications.tsx'
import { isMoving } from './upload-states.tsx'

export const readUpload = (dockSn: string, id: string): Promise<Upload> =>
  must(api.GET('/v1/docks/{dockSn}/log-uploads/{id}', { params: { path: { dockSn, id } } }))

/** An upload, polled while it changes, at the interval of `nextPollMs`. */
export const useUpload = (dockSn: string, id: string | undefined) =>
  useQuery({
    queryKey: ['upload', dockSn, id],
    queryFn: () => readUpload(dockSn, id ?? ''),
    enabled: id !== undefined,
    refetchInterval: ({ state }) =>
      state.data && isMoving(state.data) && nextPollMs(`/v1/docks/${dockSn}/log-uploads/${id}`),
  })

/** Refreshes a dock's data: its state, its uploads and those across docks. */
export const useForgetDock = () => {
  const queries = useQueryClient()
  return useCallback(
    (dockSn: string): Promise<unknown> => readAgain(queries, ['dock', dockSn], ['docks'], ['uploads']),
    [queries],
  )
}

/** A command to an offline dock is sent only with `force`. */
export const forced = (force: boolean): { force?: true } => (force ? { force: true } : {})

export type StartInput = {
  selections: { module: ModuleName; bootIndexes: number[] }[]
  note?: string
  finishBy?: string
}

/** Starts an upload. A click is one upload, even if the network repeats the request: it carries one key. */
export const useStartUpload = (dockSn: string) => {
  const { fail } = useNotifications()
  const forget = useForgetDock()
  return useMutation({
    mutationFn: ({ key, force, ...body }: StartInput & { key: string; force: boolean }) =>
      must(
        api.POST('/v1/docks/{dockSn}/log-uploads', {
          params: { path: { dockSn }, query: forced(force), header: { 'Idempotency-Key': key } },
          body,
        }),
      ),
    onSuccess: () => forget(dockSn),
    onError: fail,
  })
}

/** Asks the dock to stop, which may take a while. */
export const useCancelUpload = () => {
  const { fail, notify } = useNotifications()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ dockSn, id }: Pick<Upload, 'dockSn' | 'id'>) =>
      must(
        api.POST('/v1/docks/{dockSn}/log-uploads/{id}/cancel', {
          params: { path: { dockSn, id } },
          body: {},
        }),
      ),
    onSuccess: (upload) => {
      queries.setQueryData(['upload', upload.dockSn, upload.id], upload)
      notify({
        type: 'info',
        header: 'The dock was asked to stop',
        content: 'It is canceled when the dock says so.',
      })
    },
    onError: fail,
  })
}

/** Gets a link to one archive, valid for a few minutes, and follows it: the browser saves the file. */
export const useDownload = () => {
  const { fail } = useNotifications()
  return useMutation({
    mutationFn: ({ dockSn, id, module }: Pick<Upload, 'dockSn' | 'id'> & { module: ModuleName }) =>
      must(
        api.GET('/v1/docks/{dockSn}/log-uploads/{id}/archives/{module}/download', {
          params: { path: { dockSn, id, module } },
        }),
      ),
    onSuccess: ({ url }) => location.assign(url),
    onError: fail,
  })
}

/**
 * Retries the missing archives of an ended upload; `show` gets the new upload, even if the page that
 * requested it is gone.
 */
export const useRetryUpload = (show: (upload: Upload) => void) => {
  const { fail } = useNotifications()
  const forget = useForgetDock()
  return useMutation({
    mutationFn: ({ dockSn, id, force }: Pick<Upload, 'dockSn' | 'id'> & { force: boolean }) =>
      must(
        api.POST('/v1/docks/{dockSn}/log-uploads/{id}/retry', {
          params: {
            path: { dockSn, id },
            query: forced(force),
            header: { 'Idempotency-Key': crypto.randomUUID() },
          },
          body: {},
        }),
      ),
    onSuccess: (upload) => {
      show(upload)
      return forget(upload.dockSn)
    },
    onError: fail,
  })
}

/** Deletes an archive for good; the record keeps the author. */
export const useDeleteArchive = () => {
  const { fail, notify } = useNotifications()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async ({ dockSn, id, module }: Pick<Upload, 'dockSn' | 'id'> & { module: ModuleName }) => {
      const path = { dockSn, id, module }
      const { response, error } = await api.DELETE('/v1/docks/{dockSn}/log-uploads/{id}/archives/{module}', {
        params: { path },
      })
      if (!response.ok) throw problemOf(response.status, error)
      return path
    },
    onSuccess: ({ dockSn, id }) => {
      notify({ type: 'success', header: 'The archive is deleted' })
      return readAgain(queries, ['upload', dockSn, id])
    },
    onError: fail,
  })
}
