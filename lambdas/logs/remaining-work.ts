import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import type { Selection, UploadRequest } from './request.ts'
import type { FollowUpKind, Lost } from './series.ts'

/** What an upload leaves to those that follow it. Pure. */

/** What one upload takes: a selection for each of its archives. */
export type Part = readonly Selection[]
/** The upload to start, and the parts after it. */
export type Work = { part: Part; rest: readonly Part[] }

/** What follows an upload of which these archives were lost; undefined where nothing is left. */
export const workOf = (
  kind: FollowUpKind,
  request: UploadRequest,
  lost: readonly Lost[],
): Work | undefined => {
  if (kind === 'part') return nextPart(request)
  return kind === 'half' ? halved(request, lost) : again(request, lost)
}

const nextPart = ({ rest = [] }: UploadRequest): Work | undefined => {
  const [part, ...others] = rest
  return part && { part, rest: others }
}

/** The lost archives again; the parts that were to follow still do. */
const again = (request: UploadRequest, lost: readonly Lost[]): Work | undefined => {
  const part = selectionsOf(request, lost)
  return part.length > 0 ? { part, rest: request.rest ?? [] } : undefined
}

/**
 * The lost archives in smaller uploads: where the dock found the logs of a module too many, half as many at a time, and so in
 * the parts that were to follow, which would fail the same way.
 */
const halved = (request: UploadRequest, lost: readonly Lost[]): Work | undefined => {
  const failed = selectionsOf(request, lost)
  const most = new Map(
    failed.flatMap(({ module, bootIndexes }) =>
      lost.some((one) => one.module === module && one.tooManyLogs)
        ? [[module, Math.ceil(bootIndexes.length / 2)] as const]
        : [],
    ),
  )
  const [part, ...rest] = [failed, ...(request.rest ?? [])].flatMap((whole) => cut(whole, most))
  return part && { part, rest }
}

const selectionsOf = ({ archives }: UploadRequest, lost: readonly Lost[]): Part =>
  archives.flatMap(({ module, bootIndexes }) =>
    lost.some((one) => one.module === module) ? [{ module, bootIndexes }] : [],
  )

/** A part as several, none with more logs of a module than `most` says. */
const cut = (part: Part, most: ReadonlyMap<Module, number>): Part[] => {
  const pieces = part.map(({ module, bootIndexes }) => {
    const size = most.get(module) ?? bootIndexes.length
    const count = Math.ceil(bootIndexes.length / size)
    return Array.from({ length: count }, (_, n) => ({
      module,
      bootIndexes: bootIndexes.slice(n * size, (n + 1) * size),
    }))
  })
  const count = Math.max(0, ...pieces.map(({ length }) => length))
  return Array.from({ length: count }, (_, n) => pieces.flatMap((ofModule) => ofModule[n] ?? []))
}
