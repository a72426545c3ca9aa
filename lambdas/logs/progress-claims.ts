import type { AddLogIds, DeviceReport } from '../queue/batch.ts'
import type { dockStore } from '../registry/store.ts'
import { timeOf } from '../runtime/new-id.ts'
import type { Target } from './claims.ts'
import type { HotUploads } from './hot-upload.ts'
import { isEnd, join, pick, type Registers } from './registers.ts'

/** Records the facts of progress reports with the uploads that they are about. */
export type ClaimNeeds = {
  hot: Pick<HotUploads, 'record' | 'known'>
  docks: Pick<ReturnType<typeof dockStore>, 'find'>
}

/** Everything a batch says about one upload; `facts` has an entry for each report. */
export type UploadReports = { dockSn: string; of: Target; facts: Registers[]; reports: DeviceReport[] }

/** The most uploads of a dock that a batch normally names: the active one, and some before it. */
const fewUploads = 5

/**
 * Records what a batch says, by upload. Resolves to false if that belongs to no known upload. If a batch
 * names implausibly many uploads of a dock, one read first finds out which exist: a refused write costs as
 * much as a successful one.
 */
export const recorder = (
  use: ClaimNeeds,
  uploads: readonly UploadReports[],
): ((one: UploadReports, addLogIds: AddLogIds) => Promise<boolean>) => {
  const named = Map.groupBy(uploads, ({ dockSn }) => dockSn)
  const lookups = new Map<string, Promise<ReadonlySet<string>>>()
  const mayBeThere = async (dockSn: string, uploadId: string): Promise<boolean> => {
    const ids = new Set((named.get(dockSn) ?? []).flatMap(({ of }) => ('uploadId' in of ? of.uploadId : [])))
    if (ids.size <= fewUploads) return true
    const lookup = lookups.get(dockSn) ?? use.hot.known(dockSn, [...ids])
    lookups.set(dockSn, lookup)
    return (await lookup).has(uploadId)
  }
  return async (one, addLogIds) => {
    const { dockSn, of, facts } = one
    const isNamed = 'uploadId' in of && (await mayBeThere(dockSn, of.uploadId))
    if (isNamed && (await record(use, dockSn, of.uploadId, joined(facts)))) return true
    return of.by === 'key' ? false : recordOfActive(use, one, addLogIds)
  }
}

/**
 * A report that names no upload, or an unknown one, counts for the dock's active upload, if that was open
 * when the report was received: a redelivered report may belong to an earlier upload. If the report names
 * another process, its ends do not count for the active upload.
 */
const recordOfActive = async (
  use: ClaimNeeds,
  { dockSn, of, facts }: UploadReports,
  addLogIds: AddLogIds,
): Promise<boolean> => {
  const active = (await use.docks.find(dockSn, 'all'))?.activeUpload
  if (!active) return false
  addLogIds({ uploadId: active })
  const openedAt = timeOf(active)
  const own = facts.map((some) =>
    pick(some, (name, fact) => fact.at >= openedAt && (of.by === 'none' || !isEnd(name))),
  )
  const known = joined(own)
  return Object.keys(known).length > 0 && record(use, dockSn, active, known)
}

const joined = (facts: readonly Registers[]): Registers => facts.reduce(join, {})

const record = async (
  use: ClaimNeeds,
  dockSn: string,
  uploadId: string,
  facts: Registers,
): Promise<boolean> => (await use.hot.record(dockSn, uploadId, facts)) !== 'unknown'
