/**
 * What docks report about logs, in our own terms. `up.ts` makes these from the vendor's messages; nothing
 * outside this folder knows a vendor field name. All times are epoch milliseconds, all sizes bytes.
 */
import type { AnswerTo } from '../dji-events.ts'

/** Whose logs: the aircraft's (vendor module "0") or the dock's (vendor module "3"). */
export type Module = 'aircraft' | 'dock'
export const modules: readonly Module[] = ['aircraft', 'dock']

/** One boot cycle's log. A time or size of 0 means that the dock gave none; the log can still be uploaded. */
export type LogFile = { bootIndex: number; startTime: number; endTime: number; sizeBytes: number }

/** The logs of one module, or the non-zero result code that says why there are none. */
export type ListedModule = { module: Module; deviceSn?: string; result: number; logs: LogFile[] }

/**
 * A dock's reply to a command. `commandId` is the vendor's `tid`; only that id tells which command it was.
 * `refused`: the dock refuses in its status, although its result code is 0.
 */
export type Reply = { commandId: string; result: number; refused?: true; modules: ListedModule[] }

/** How an upload ended, as the dock reports it. */
export type End = 'uploaded' | 'canceled' | 'failed' | 'rejected'

/**
 * What the dock is doing with an archive, in order. `unknown`: a status that we do not know; never an end.
 */
export type Step = 'sent' | 'pulling' | 'packing' | 'uploading' | 'inProgress' | 'paused' | 'unknown'

/**
 * One archive in a progress report. Missing fields were missing or unusable in the message. A report without
 * `module` and `objectKey` is about the upload as a whole.
 */
export type ArchiveReport = {
  module?: Module
  deviceSn?: string
  objectKey?: string
  sizeBytes?: number
  fingerprint?: string
  /** Set unless `end` is. */
  step?: Step
  end?: End
  /** The vendor's `current_step` and `total_step`, counted from 1. */
  stepNumber?: number
  stepCount?: number
  /** 0 to 100, of the step. */
  stepPercent?: number
  finishedAt?: number
  /** As sent: the vendor documents no unit. */
  uploadRate?: number
  /** The vendor's result code, 0 is no fault. */
  result?: number
}

/** A progress report. `processId` is the vendor's `bid`; `end` and `result` are about the whole upload. */
export type Progress = {
  processId?: string
  result?: number
  end?: End
  archives: ArchiveReport[]
  /** Set if the dock needs its event acknowledged: for `acknowledgeEvent` of `dji-dock/down.ts`. */
  acknowledge?: AnswerTo
  /** The payload names another gateway than `dockSn`, the one its topic names. The topic counts. */
  gatewayContradicts: boolean
}
