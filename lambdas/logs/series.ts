import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import { asksForFewerLogs } from '../../protocols/dji-remote-log/results.ts'
import { storageOf } from './archives/counted-object.ts'
import { firstRetryDelayMs, patienceMs } from './deadlines.ts'
import { failureOf, isTransientFailure } from './failure.ts'
import type { Registers } from './registers.ts'
import type { FollowUpKind, Selection, UploadRequest } from './request.ts'
import {
  type ArchiveState,
  type FollowUpBudget,
  giveUpAt,
  type UploadStatus,
  type UploadTerms,
} from './state.ts'

/**
 * Decides whether another upload has to follow one that has ended, why and when, and with which logs. Pure.
 * Like the state it is computed from the registers, so a late report that completes the upload also calls off
 * its follow-up.
 */

/** `at`: when it is due, epoch ms. */
export type FollowUp = { kind: FollowUpKind; at: number }

/**
 * An archive that did not arrive and that nobody deleted. `retryable`: an operator may retry it; `transient`:
 * an automatic retry may help, because the cause may pass without anybody's help.
 */
export type Lost = { module: Module; retryable: boolean; transient: boolean; tooManyLogs: boolean }

/** Three halvings turn one upload into eight. */
export const maxHalvings = 3

/**
 * The automatic follow-up, if there is one; undefined also while the dock or storage may still report
 * something.
 */
export const followUp = (
  terms: UploadTerms,
  registers: Registers,
  status: UploadStatus,
  now: number,
): FollowUp | undefined => {
  const { sequel, finishBy = Number.POSITIVE_INFINITY } = terms
  if (!sequel || status.open || status.checkAt !== undefined) return undefined
  if (registers.successor || isStopped(terms, registers, status)) return undefined
  const kind = kindOfNext(sequel, terms, registers, status)
  if (!kind) return undefined
  const at = endedAt(terms, registers, status) + delayOf(kind, sequel)
  const isTooLate = now >= at + patienceMs || Math.max(now, at) >= finishBy
  return isTooLate ? undefined : { kind, at }
}

/** Halves wait as long as a first retry. */
const delayOf = (kind: FollowUpKind, { retriesUsed }: FollowUpBudget): number => {
  if (kind === 'part') return 0
  return kind === 'retry' ? firstRetryDelayMs * 2 ** retriesUsed : firstRetryDelayMs
}

const kindOfNext = (
  { retriesLeft, halvingsLeft, partsLeft, logs }: FollowUpBudget,
  terms: UploadTerms,
  registers: Registers,
  status: UploadStatus,
): FollowUpKind | undefined => {
  const lost = lostOf(terms, registers, status)
  if (lost.length === 0) return partsLeft > 0 && allArrived(terms, status) ? 'part' : undefined
  const halvable = lost.some(
    ({ module, tooManyLogs }) => tooManyLogs && (logs[terms.modules.indexOf(module)] ?? 0) > 1,
  )
  if (halvable && halvingsLeft > 0) return 'half'
  return retriesLeft > 0 && lost.some(({ transient }) => transient) ? 'retry' : undefined
}

/** Stopping one upload of a series, or one of its archives, stops everything that would follow. */
const isStopped = (
  terms: UploadTerms,
  { cancel, stopAsked }: Registers,
  { archives }: UploadStatus,
): boolean =>
  cancel !== undefined ||
  stopAsked !== undefined ||
  terms.modules.some((module) => archives[module]?.state === 'canceled')

/** The archives of an ended upload that did not arrive, or that differ from the dock's report. */
export const lostOf = (terms: UploadTerms, registers: Registers, { archives }: UploadStatus): Lost[] =>
  terms.modules.flatMap((module) => {
    const archive = archives[module]
    if (!archive || archive.deletion) return []
    if (hasArrived(archive)) return []
    const { end } = archive
    const tooManyLogs = end?.end !== 'uploaded' && asksForFewerLogs(end?.result ?? 0)
    const retryable = failureOf(archive, registers)?.retryable ?? false
    return [{ module, retryable, transient: isTransientFailure(archive, registers), tooManyLogs }]
  })

/** Whether every archive arrived. Deleting an archive that never arrived does not count as arrival. */
export const allArrived = ({ modules }: UploadTerms, { archives }: UploadStatus): boolean =>
  modules.every((module) => hasArrived(archives[module]))

const hasArrived = ({ state, verification }: Partial<ArchiveState> = {}): boolean =>
  (state === 'uploaded' || state === 'verified') &&
  verification !== 'sizeDiffers' &&
  verification !== 'checksumDiffers'

/** When the last archive ended and the last fact of storage came. */
const endedAt = (terms: UploadTerms, registers: Registers, { archives }: UploadStatus): number =>
  Math.max(
    ...terms.modules.flatMap((module) => [
      archives[module]?.end?.at ?? giveUpAt(terms, registers),
      storageOf(registers, module).object?.at ?? 0,
      registers[`${module}Absent`]?.at ?? 0,
    ]),
  )

/** The contents of one upload: a selection for each of its archives. */
export type Part = readonly Selection[]

/** The contents of the next upload, and the parts that follow it. */
export type Work = { part: Part; rest: readonly Part[] }

/** The work of the next upload; undefined if there is nothing left to upload. */
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

/** The lost archives again, then the parts that were to follow anyway. */
const again = (request: UploadRequest, lost: readonly Lost[]): Work | undefined => {
  const part = selectionsOf(request, lost)
  return part.length > 0 ? { part, rest: request.rest ?? [] } : undefined
}

/**
 * The lost archives in smaller uploads: if the dock reported too many logs of a module, half as many at a
 * time. The parts that follow are cut the same way, because they would fail the same way.
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

/** Cuts a part into several, none with more logs of a module than `most` allows. */
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
