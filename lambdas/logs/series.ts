import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import { asksForFewerLogs } from '../../protocols/dji-remote-log/results.ts'
import { storageOf } from './archives/counted-object.ts'
import { failureOf } from './failure.ts'
import type { Registers } from './registers.ts'
import type { FollowUpKind, Selection, UploadRequest } from './request.ts'
import { type ArchiveState, giveUpAt, type Sequel, type Settled, type UploadTerms } from './state.ts'

/**
 * Whether another upload has to follow one that has ended, why and when. Pure: it follows from the registers
 * as the state does, so a late word of the dock that makes the upload right also calls off what would have
 * followed. What an upload leaves to those that follow it is at the end.
 */

/** `at`: when it is due, epoch ms. */
export type FollowUp = { kind: FollowUpKind; at: number }

/** An archive that did not arrive and that nobody deleted. */
export type Lost = { module: Module; retryable: boolean; tooManyLogs: boolean }

/** Halved three times, an upload becomes eight. */
export const mostHalvings = 3

/**
 * What failed for any passing reason waits this long after its end, so that a better report that came by another way is not
 * overtaken; each further retry waits twice as long as the one before. A collection must end within ten minutes at
 * the least (`finishWithinSeconds`): with a longer wait no retry would begin in it.
 */
const firstRetryDelayMs = 60_000

/** Smaller uploads wait as long as a first retry does. */
const halfDelayMs = 60_000

/**
 * What could not be started for so long is not started any more: an export blocks flights, and nobody expects
 * it now.
 */
const patienceMs = 60 * 60_000

/** What follows by itself; undefined as long as the dock or storage may still have something to say. */
export const followUp = (
  terms: UploadTerms,
  registers: Registers,
  settled: Settled,
  now: number,
): FollowUp | undefined => {
  const { sequel, finishBy = Number.POSITIVE_INFINITY } = terms
  if (!sequel || settled.open || settled.checkAt !== undefined) return undefined
  if (registers.successor || isStopped(terms, registers, settled)) return undefined
  const next = nextOf(sequel, terms, registers, settled)
  const endedAt = endOf(terms, registers, settled)
  const at = endedAt + (next === 'part' ? 0 : delayOf(next, sequel))
  return next && now < at + patienceMs && Math.max(now, at) < finishBy ? { kind: next, at } : undefined
}

const delayOf = (next: FollowUpKind | undefined, { retriesUsed }: Sequel): number =>
  next === 'retry' ? firstRetryDelayMs * 2 ** retriesUsed : halfDelayMs

const nextOf = (
  { retriesLeft, halvingsLeft, partsLeft, logs }: Sequel,
  terms: UploadTerms,
  registers: Registers,
  settled: Settled,
): FollowUpKind | undefined => {
  const lost = lostOf(terms, registers, settled)
  if (lost.length === 0) return partsLeft > 0 && allArrived(terms, settled) ? 'part' : undefined
  const halvable = lost.some(
    ({ module, tooManyLogs }) => tooManyLogs && (logs[terms.modules.indexOf(module)] ?? 0) > 1,
  )
  if (halvable && halvingsLeft > 0) return 'half'
  return retriesLeft > 0 && lost.some(({ retryable }) => retryable) ? 'retry' : undefined
}

/** Whoever stops one of a series of uploads, or an archive of it, means all that would follow. */
const isStopped = (terms: UploadTerms, { cancel, stopAsked }: Registers, { archives }: Settled): boolean =>
  cancel !== undefined ||
  stopAsked !== undefined ||
  terms.modules.some((module) => archives[module]?.state === 'canceled')

/** The archives of an ended upload that did not arrive, or not as the dock says. */
export const lostOf = (terms: UploadTerms, registers: Registers, { archives }: Settled): Lost[] =>
  terms.modules.flatMap((module) => {
    const archive = archives[module]
    if (!archive || archive.deletion) return []
    if (hasArrived(archive)) return []
    const { end } = archive
    const tooManyLogs = end?.end !== 'uploaded' && asksForFewerLogs(end?.result ?? 0)
    return [{ module, retryable: failureOf(archive, registers)?.retryable ?? false, tooManyLogs }]
  })

/** Whether nothing was lost; an archive that never arrived does not arrive by being deleted. */
export const allArrived = ({ modules }: UploadTerms, { archives }: Settled): boolean =>
  modules.every((module) => hasArrived(archives[module]))

const hasArrived = ({ state, verification }: Partial<ArchiveState> = {}): boolean =>
  (state === 'uploaded' || state === 'verified') &&
  verification !== 'sizeDiffers' &&
  verification !== 'checksumDiffers'

/** When the last archive had ended, and storage had said all that it will. */
const endOf = (terms: UploadTerms, registers: Registers, { archives }: Settled): number =>
  Math.max(
    ...terms.modules.flatMap((module) => [
      archives[module]?.end?.at ?? giveUpAt(terms, registers),
      storageOf(registers, module).object?.at ?? 0,
      registers[`${module}Absent`]?.at ?? 0,
    ]),
  )

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
 * The lost archives in smaller uploads: where the dock found the logs of a module too many, half as many at a
 * time, and so in the parts that were to follow, which would fail the same way.
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
