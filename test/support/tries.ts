import assert from 'node:assert/strict'
import type { Registers } from '../../lambdas/logs/registers.ts'
import { Upload } from '../../lambdas/logs/shapes.ts'
import { wireApi } from './api.ts'
import type { UploadView } from './operator.ts'
import { openTable } from './table.ts'
import { answered, ended, minutes, opened, registersOf, seconds, stored } from './upload-facts.ts'

/** Uploads that follow one another, on a dock and in a table of their own. Times are ms after `opened`. */

let docks = 0

export const selections = [
  { module: 'aircraft', bootIndexes: [11, 12] },
  { module: 'dock', bootIndexes: [1, 2, 3, 4] },
]

export const openSeries = async (
  body: Record<string, unknown> = {},
  options: Parameters<typeof wireApi>[1] = {},
  table = openTable().table,
) => {
  const api = wireApi(table, options)
  docks += 1
  const dockSn = `TRIES${docks}`
  await api.listedDock(dockSn)
  const call = async (name: Parameters<typeof api.call>[0], id: string, more = {}) =>
    api.call(name, { params: { dockSn, id }, ...more })
  const answer = await api.call('startUpload', { params: { dockSn }, body: { selections, ...body } })
  assert.equal(answer.status, 202, answer.text)
  const { id: first } = Upload.parse(answer.body)
  const view = async (id: string) => Upload.parse((await call('getUpload', id)).body)
  return {
    table,
    api,
    dockSn,
    first,
    call,
    view,
    at: (ms: number) => {
      api.clock.now = opened + ms
    },
    tell: (id: string, ...facts: readonly Registers[]) => api.hot.record(dockSn, id, registersOf(...facts)),
    /** A minute of the clock at that time. */
    tick: async (ms: number) => {
      api.clock.now = opened + ms
      await api.sweep()
      await api.continueUploads()
    },
    /** Where in the index an upload is due. */
    due: async (id: string) => {
      const { follows, checkAt } = (await api.uploads.get(dockSn, id))?.hot.indexed ?? {}
      return checkAt === undefined
        ? undefined
        : `${follows ? 'followed' : 'looked at'} at ${checkAt - opened}`
    },
    retry: (id: string, more = {}) => call('retryUpload', id, { body: {}, ...more }),
    /** The newest upload of the dock. */
    newest: async () => {
      const [upload] = (await api.uploads.ofDock(dockSn, { limit: 1 })).items
      assert.ok(upload)
      return view(upload.request.id)
    },
    uploads: async () => (await api.uploads.ofDock(dockSn, {})).items.length,
    slot: async () => (await api.docks.find(dockSn, 'all'))?.activeUpload,
    history: async (id: string) =>
      (await api.history.shown(dockSn, id)).entries.map(({ by, action }) => `${by} ${action}`),
  }
}

/** What a dock and storage tell of archives that arrived at a time, and of those that did not. */
export const arrivedAt = (at: number, ...modules: readonly ('aircraft' | 'dock')[]): Registers =>
  registersOf(
    answered(at - seconds(1)),
    ...modules.flatMap((module) => [ended(at, module, 'uploaded'), stored(at, module)]),
  )
export const failedAt = (
  at: number,
  result: number,
  ...modules: readonly ('aircraft' | 'dock')[]
): Registers =>
  registersOf(answered(at - seconds(1)), ...modules.map((module) => ended(at, module, 'failed', { result })))

/** `a11,12 d1`: what an upload was to bring. */
export const contentOf = ({ archives }: UploadView): string =>
  archives.map(({ module, bootIndexes }) => `${module[0]}${bootIndexes.join()}`).join(' ')

/**
 * A series whose first upload brought the aircraft's archive and failed with the dock's, two minutes after
 * its start.
 */
export const failingSeries = async (...of: Parameters<typeof openSeries>) => {
  const one = await openSeries(...of)
  one.at(minutes(2))
  await one.tell(one.first, arrivedAt(minutes(2), 'aircraft'), failedAt(minutes(2), networkFailure, 'dock'))
  return one
}
export const networkFailure = 324019
