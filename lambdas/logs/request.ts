import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import type { Cause } from './cause.ts'

/** What an upload was asked for. */

/** Logs of one module; `listedBytes`: what the dock's listing says of their size. */
export type Selection = {
  module: Module
  bootIndexes: readonly number[]
  listedBytes?: number | undefined
}

/**
 * What was asked for; `UPLOAD#{id}#request`. Of several uploads that one request led to, each after the
 * first, `retryOf`, says the how manyth it is, `attempt`, and why it was started. `rest`: the parts that are
 * to follow it.
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
  /** What it was collected for, where nobody asked for it. */
  cause?: Cause | undefined
}

/**
 * `retry`: what did not arrive, again; `half`: that in smaller uploads; `part`: the next part of what was
 * asked for.
 */
export type FollowUpKind = 'retry' | 'half' | 'part'
