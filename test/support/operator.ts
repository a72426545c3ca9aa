import type * as z from 'zod/mini'
import { Dock } from '../../lambdas/docks/shapes.ts'
import { page } from '../../lambdas/http/shapes.ts'
import { Listing, Logs, Upload } from '../../lambdas/logs/shapes.ts'
import type { Backend } from './story.ts'

/** What an operator does with one dock, over HTTP and nothing else. */

export type Selection = { module: 'aircraft' | 'dock' } & (
  | { bootIndexes: number[] }
  | { from: string; to: string }
)
export type UploadView = z.infer<typeof Upload>
type Settings = { name?: string; aircraftSn?: string; fleet?: string }

/** Boots 1 and 2 of the dock, the logs that most stories are about. */
export const dockLogs: Selection[] = [{ module: 'dock', bootIndexes: [1, 2] }]
export const allLogs: Selection[] = [{ module: 'aircraft', bootIndexes: [1, 2] }, ...dockLogs]

export const operatorOf = (backend: Backend, dockSn: string) => {
  const path = `/v1/docks/${dockSn}`
  const upload = async (id: string): Promise<UploadView> =>
    Upload.parse(await backend.must('GET', `${path}/log-uploads/${id}`))
  return {
    dockSn,
    path,
    register: async (settings: Settings = {}) => Dock.parse(await backend.must('PUT', path, settings)),
    dock: async () => Dock.parse(await backend.must('GET', path)),
    logs: async () => Logs.parse(await backend.must('GET', `${path}/logs`)),
    /** Asks for a listing; it is `requested` until the dock answers. */
    askListing: async (modules?: ('aircraft' | 'dock')[]) =>
      Listing.parse(await backend.must('POST', `${path}/log-listings`, modules ? { modules } : {})),
    /** Asks for a listing and waits for what becomes of it. */
    list: async (modules?: ('aircraft' | 'dock')[]) => {
      const { id } = Listing.parse(
        await backend.must('POST', `${path}/log-listings`, modules ? { modules } : {}),
      )
      const read = async () => Listing.parse(await backend.must('GET', `${path}/log-listings/${id}`))
      return backend.until(read, ({ state }) => state !== 'requested')
    },
    /** The bare answer to a start, for those who expect a refusal. */
    tryStart: (selections: unknown, headers: Record<string, string> = {}) =>
      backend.api('POST', `${path}/log-uploads`, { selections }, { headers }),
    start: async (
      selections: readonly Selection[] = dockLogs,
      more: { finishBy?: string; note?: string; retries?: number } = {},
    ) => Upload.parse(await backend.must('POST', `${path}/log-uploads`, { selections, ...more })),
    cancel: async (id: string) =>
      Upload.parse(await backend.must('POST', `${path}/log-uploads/${id}/cancel`, {})),
    retry: async (id: string) =>
      Upload.parse(await backend.must('POST', `${path}/log-uploads/${id}/retry`, {})),
    upload,
    uploads: async () => {
      await backend.untilCaughtUp()
      return page(Upload).parse(await backend.must('GET', `${path}/log-uploads`)).items
    },
    /** The upload, once it is in the state or as wanted. */
    uploadUntil: (id: string, wanted: UploadView['state'] | ((upload: UploadView) => boolean)) =>
      backend.until(() => upload(id), typeof wanted === 'string' ? ({ state }) => state === wanted : wanted),
  }
}
export type Operator = ReturnType<typeof operatorOf>

/** Everything that can be read of a dock, to see that nothing has changed. */
export const everything = async (
  { must, untilCaughtUp }: Pick<Backend, 'must' | 'untilCaughtUp'>,
  path: string,
) => {
  await untilCaughtUp()
  return Promise.all(['', '/logs', '/log-uploads'].map((part) => must('GET', `${path}${part}`)))
}
