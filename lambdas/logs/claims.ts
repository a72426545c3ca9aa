import {
  type ArchiveReport,
  type Module,
  modules,
  type Progress,
} from '../../protocols/dji-remote-log/facts.ts'
import type { Receipt } from '../queue/receipt.ts'
import { type ArchiveAddress, readReportedKey } from '../storage/object-key.ts'
import { archiveFacts, jobFacts } from './facts.ts'
import { join, type Registers } from './registers.ts'

/** Finds which upload a progress report is about. Pure. */

/**
 * How a report names its upload: by an object key, by its process id, or not at all. `foreignProcess`: its
 * process id cannot be an upload of ours.
 */
export type Target = { by: 'key' | 'process'; uploadId: string } | { by: 'foreignProcess' } | { by: 'none' }

/** Facts about one upload. Facts that name no upload are tried on the dock's active one. */
export type Claim = Target & { facts: Registers }

export type Claims = {
  claims: Claim[]
  /** The object key of an export that another platform started, and whether that export is over. */
  foreignKey?: string
  foreignEnded?: boolean
  /** The number of reports whose module could not be found out. */
  withoutModule: number
}

/**
 * Sorts the contents of a progress report by upload. The object key of an archive decides; an archive with a
 * foreign key counts for none of our uploads. What has no key, such as the end of the whole upload, counts
 * for the upload that the other keys of the report name. If any of these keys is foreign, that is uncertain,
 * and it counts for none.
 */
export const claimsOf = (dockSn: string, progress: Progress, receipt: Receipt): Claims => {
  const archives = progress.archives.map((report) => ({ report, ...ownerOf(dockSn, report) }))
  const foreign = archives.find((one) => one.foreignKey !== undefined)?.foreignKey
  const withoutKey = foreign === undefined ? targetWithoutKey(progress.processId, archives) : undefined
  const byUpload = new Map<string, Claim>()
  const add = (target: Target, facts: Registers) => {
    const name = 'uploadId' in target ? target.uploadId : target.by
    byUpload.set(name, { ...target, facts: join(byUpload.get(name)?.facts ?? {}, facts) })
  }
  let withoutModule = 0
  for (const { report, named, foreignKey } of archives.slice(0, maxArchives)) {
    const target: Target | undefined = named ? { by: 'key', uploadId: named.uploadId } : withoutKey
    if (foreignKey !== undefined || !target) continue
    const about = named ? [named.module] : modulesOf(dockSn, report)
    if (about.length === 0) withoutModule += 1
    for (const module of about) add(target, archiveFacts(module, report, receipt))
  }
  const end = jobFacts(progress, receipt)
  if (end && withoutKey) add(withoutKey, end)
  return {
    claims: [...byUpload.values()],
    ...(foreign === undefined
      ? {}
      : { foreignKey: foreign, ...(hasEnded(progress) ? { foreignEnded: true } : {}) }),
    withoutModule,
  }
}

/** Whether the report ends the whole upload, directly or by ending all of its archives. */
const hasEnded = ({ end, archives }: Progress): boolean =>
  end !== undefined || (archives.length > 0 && archives.every((one) => one.end !== undefined))

/** What the object key of a report names: an archive of this dock, something foreign, or nothing. */
const ownerOf = (dockSn: string, { objectKey }: ArchiveReport): Owner => {
  if (objectKey === undefined) return {}
  const named = readReportedKey(objectKey)
  return named?.dockSn === dockSn ? { named } : { foreignKey: objectKey }
}

type Owner = { named?: ArchiveAddress; foreignKey?: string }

/**
 * The upload of what has no key: a report is about one upload, and keys take precedence over the process id.
 */
const targetWithoutKey = (processId: string | undefined, archives: readonly Owner[]): Target => {
  const keyed = archives.flatMap(({ named }) => named?.uploadId ?? [])
  const process = processOf(processId)
  const [first] = keyed
  if (first === undefined) return process
  const isAmong = 'uploadId' in process && keyed.includes(process.uploadId)
  return { by: 'key', uploadId: isAmong ? process.uploadId : first }
}

/**
 * The archives that a report without a key is about: the one of its module, else the one of its device, else
 * all of the upload. An end that names neither module nor device counts for no archive.
 */
const modulesOf = (dockSn: string, { module, deviceSn, end }: ArchiveReport): readonly Module[] => {
  if (module) return [module]
  if (deviceSn) return deviceSn === dockSn ? ['dock'] : ['aircraft']
  return end ? [] : modules
}

/** The vendor's limit is two archives, one for each module. More than this are ignored, to bound the cost. */
const maxArchives = 4

/**
 * Upload ids are UUIDs. A gateway that forwards a dock's messages may write them in upper case, without
 * dashes or in braces: all of these are the same UUID (RFC 9562, section 4).
 */
const uuid =
  /^(?:urn:uuid:)?\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i

const processOf = (processId: string | undefined): Target => {
  if (processId === undefined) return { by: 'none' }
  const [, ...parts] = uuid.exec(processId) ?? []
  return parts.length > 0
    ? { by: 'process', uploadId: parts.join('-').toLowerCase() }
    : { by: 'foreignProcess' }
}
