import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import type { Cause } from './cause.ts'

/** Logs of one module; `listedBytes`: their total size by the dock's listing. */
export type Selection = {
  module: Module
  bootIndexes: readonly number[]
  listedBytes?: number | undefined
}

/**
 * The request item, `UPLOAD#{id}#request`. If one request led to a series of uploads, each later one names
 * the first (`retryOf`), its number in the series (`attempt`), and why it was started (`startedAs`). `rest`:
 * the parts that are to follow.
 */
export type UploadRequest = {
  id: string
  dockSn: string
  fleet: string
  requestedBy: string
  note?: string | undefined
  archives: (Selection & { objectKey: string })[]
  estimatedSeconds?: number | undefined
  rest?: readonly (readonly Selection[])[] | undefined
  attempt?: number | undefined
  retryOf?: string | undefined
  startedAs?: FollowUpKind | undefined
  /** Why a collection started it; absent if an operator did. */
  cause?: Cause | undefined
}

/**
 * `retry`: the lost archives again; `half`: the same in smaller uploads; `part`: the next part of the
 * request.
 */
export type FollowUpKind = 'retry' | 'half' | 'part'
