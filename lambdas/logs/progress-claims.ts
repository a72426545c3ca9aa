import type { dockStore } from '../docks/store.ts'
import type { DeviceReport, Learn } from '../queue/batch.ts'
import { timeOf } from '../runtime/new-id.ts'
import type { Target } from './claims.ts'
import type { HotUploads } from './hot-upload.ts'
import { isEnd, join, pick, type Registers } from './registers.ts'

/** Records what docks say of uploads: which upload it is about, and whether there is one. */
export type ClaimNeeds = {
  hot: Pick<HotUploads, 'record' | 'known'>
  docks: Pick<ReturnType<typeof dockStore>, 'find'>
}

/** All that a batch says of one upload: `facts` of each report by itself. */
export type UploadPart = { dockSn: string; of: Target; facts: Registers[]; reports: DeviceReport[] }

/** Uploads of a dock that a batch may name: one at a time, and those that came before. */
const fewUploads = 5

/**
 * Records the parts of a batch. False: it is of no upload that is known. Where a batch names many uploads of
 * a dock, which none has, it is looked up together which there are: a write for each of them would be
 * refused, and cost as much as any.
 */
export const recorder = (
  use: ClaimNeeds,
  parts: readonly UploadPart[],
): ((part: UploadPart, learn: Learn) => Promise<boolean>) => {
  const named = Map.groupBy(parts, ({ dockSn }) => dockSn)
  const lookups = new Map<string, Promise<ReadonlySet<string>>>()
  const mayBeThere = async (dockSn: string, uploadId: string): Promise<boolean> => {
    const ids = new Set((named.get(dockSn) ?? []).flatMap(({ of }) => ('uploadId' in of ? of.uploadId : [])))
    if (ids.size <= fewUploads) return true
    const lookup = lookups.get(dockSn) ?? use.hot.known(dockSn, [...ids])
    lookups.set(dockSn, lookup)
    return (await lookup).has(uploadId)
  }
  return async (part, learn) => {
    const { dockSn, of, facts } = part
    const isNamed = 'uploadId' in of && (await mayBeThere(dockSn, of.uploadId))
    if (isNamed && (await record(use, dockSn, of.uploadId, joined(facts)))) return true
    return of.by === 'key' ? false : recordOfActive(use, part, learn)
  }
}

/**
 * What names no upload, or one that is not known, is of the dock's active upload, if that was there when it
 * was received: a report that comes again belongs to an upload before. The end of a process that has another
 * name is not the active one's, whoever made it.
 */
const recordOfActive = async (
  use: ClaimNeeds,
  { dockSn, of, facts }: UploadPart,
  learn: Learn,
): Promise<boolean> => {
  const active = (await use.docks.find(dockSn, 'all'))?.activeUpload
  if (!active) return false
  learn({ uploadId: active })
  const openedAt = timeOf(active)
  const own = facts.map((some) =>
    pick(some, (name, fact) => fact.at >= openedAt && (of.by === 'nothing' || !isEnd(name))),
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
