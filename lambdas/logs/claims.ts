import {
  type ArchiveReport,
  type Module,
  modules,
  type Progress,
} from '../../protocols/dji-remote-log/facts.ts'
import { type ArchiveAddress, readReportedKey } from '../storage/object-key.ts'
import { archiveFacts, jobFacts, type Receipt } from './facts.ts'
import { join, type Registers } from './registers.ts'

/** Which upload a progress report is about. Pure. */

/** Which upload a report is about. `stranger`: it names a process that is no upload of ours. */
export type Target = { by: 'key' | 'process'; uploadId: string } | { by: 'stranger' } | { by: 'nothing' }

/** Facts about one upload. What names none is of the dock's active one, if it can be. */
export type Claim = Target & { facts: Registers }

export type Claims = {
  claims: Claim[]
  /** The key of an archive that another platform had the dock upload, and whether that export is over. */
  foreignKey?: string
  foreignEnded?: boolean
  /** Reports whose module nothing tells. */
  withoutModule: number
}

/**
 * Sorts a progress report by upload. An object key decides; a report with a key that is not of ours moves
 * nothing. What has no key, such as the end of the whole job, is of the upload that keys beside it name. A
 * foreign key beside it makes that doubtful: then it counts for none.
 */
export const claimsOf = (dockSn: string, progress: Progress, receipt: Receipt): Claims => {
  const archives = progress.archives.map((report) => ({ report, ...ownerOf(dockSn, report) }))
  const { foreignKey } = archives.find((one) => one.foreignKey !== undefined) ?? {}
  const rest = foreignKey === undefined ? restOf(progress.processId, archives) : undefined
  const byUpload = new Map<string, Claim>()
  const add = (target: Target, facts: Registers) => {
    const name = 'uploadId' in target ? target.uploadId : target.by
    byUpload.set(name, { ...target, facts: join(byUpload.get(name)?.facts ?? {}, facts) })
  }
  let withoutModule = 0
  for (const { report, named, foreignKey } of archives.slice(0, mostArchives)) {
    const target: Target | undefined = named ? { by: 'key', uploadId: named.uploadId } : rest
    if (foreignKey !== undefined || !target) continue
    const about = named ? [named.module] : modulesOf(dockSn, report)
    if (about.length === 0) withoutModule += 1
    for (const module of about) add(target, archiveFacts(module, report, receipt))
  }
  const end = jobFacts(progress, receipt)
  if (end && rest) add(rest, end)
  return {
    claims: [...byUpload.values()],
    ...(foreignKey === undefined
      ? {}
      : { foreignKey, ...(hasEnded(progress) ? { foreignEnded: true } : {}) }),
    withoutModule,
  }
}

/** By the word on the job or, where there is none, by those on all of its archives. */
const hasEnded = ({ end, archives }: Progress): boolean =>
  end !== undefined || (archives.length > 0 && archives.every((one) => one.end !== undefined))

/** What the key of a report names: an archive of this dock's, something foreign, or nothing. */
const ownerOf = (dockSn: string, { objectKey }: ArchiveReport): Owner => {
  if (objectKey === undefined) return {}
  const named = readReportedKey(objectKey)
  return named?.dockSn === dockSn ? { named } : { foreignKey: objectKey }
}

type Owner = { named?: ArchiveAddress; foreignKey?: string }

/** Whose is what has no key of its own: a job is of one upload, and keys go before the process id. */
const restOf = (processId: string | undefined, archives: readonly Owner[]): Target => {
  const keyed = archives.flatMap(({ named }) => named?.uploadId ?? [])
  const process = processOf(processId)
  const [first] = keyed
  if (first === undefined) return process
  const isAmong = 'uploadId' in process && keyed.includes(process.uploadId)
  return { by: 'key', uploadId: isAmong ? process.uploadId : first }
}

/**
 * The archives that a report without a key is about: its module's, the dock's own where the device is the
 * dock, and all of the job's where nothing tells them apart. An end that names no module is no archive's.
 */
const modulesOf = (dockSn: string, { module, deviceSn, end }: ArchiveReport): readonly Module[] => {
  if (module) return [module]
  if (deviceSn) return deviceSn === dockSn ? ['dock'] : ['aircraft']
  return end ? [] : modules
}

/** The vendor's limit is two, one a module; a report that names more may not cost more than these. */
const mostArchives = 4

/**
 * Ids of uploads are UUIDs. Whoever hands a dock's messages on may write one in capitals, without dashes or in
 * braces: all of these are the same one (RFC 9562, section 4).
 */
const uuid =
  /^(?:urn:uuid:)?\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i

const processOf = (processId: string | undefined): Target => {
  if (processId === undefined) return { by: 'nothing' }
  const [, ...parts] = uuid.exec(processId) ?? []
  return parts.length > 0 ? { by: 'process', uploadId: parts.join('-').toLowerCase() } : { by: 'stranger' }
}
