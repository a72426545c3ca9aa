import { asQuery, ifNew, must, mustDo, type OnlyIfNew, type Paging } from '../call.ts'
import { listOf } from '../pages.ts'
import type { Body, Filter } from '../records.ts'
import type { Transport } from '../transport.ts'

/** Docks, their presence, alarms and debug mode. */
export const docksOf = (api: Transport) => ({
  /** Docks, by serial number. */
  list: (query: Filter<'listDocks'> & Paging = {}) =>
    listOf((cursor) => must(api.GET('/v1/docks', { params: { query: asQuery(query, cursor) } }))),
  get: (dockSn: string) => must(api.GET('/v1/docks/{dockSn}', { params: { path: { dockSn } } })),
  /** Registers a dock, or replaces its name and aircraft. @throws AlreadyExistsError, with `onlyIfNew` */
  register: (dockSn: string, body: Body<'registerDock'> = {}, more: OnlyIfNew = {}) =>
    must(api.PUT('/v1/docks/{dockSn}', { params: { path: { dockSn }, header: ifNew(more) }, body })),
  /** Changes only the given fields; null removes a field. */
  change: (dockSn: string, body: Body<'changeDock'>) =>
    must(api.PATCH('/v1/docks/{dockSn}', { params: { path: { dockSn } }, body })),
  /** Removes a dock without running work; its records stay until they expire. @throws DockInUseError */
  remove: (dockSn: string): Promise<void> =>
    mustDo(api.DELETE('/v1/docks/{dockSn}', { params: { path: { dockSn } } })),
  /** The standing and cleared alarms of a dock and its aircraft, newest first. */
  alarms: async (dockSn: string, query: Filter<'getDockAlarms'> = {}) =>
    (await must(api.GET('/v1/docks/{dockSn}/alarms', { params: { path: { dockSn }, query } }))).items,
  debugMode: (dockSn: string) =>
    must(api.GET('/v1/docks/{dockSn}/debug-mode', { params: { path: { dockSn } } })),
})
