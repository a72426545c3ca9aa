/**
 * What docks report about debug mode and their aircraft's power, in our own terms. `up.ts` makes these from
 * the vendor's messages; nothing outside this folder knows a vendor field name.
 */
import type { AnswerTo } from '../dji-events.ts'
import type { End, Status } from '../dji-firmware/facts.ts'

/**
 * Commands to a dock. `open` and `close`: its debug mode, done once the dock has replied; `wake` and `sleep`:
 * its aircraft, in progress once the dock has replied, done once it has reported that.
 */
export const debugCommands = ['open', 'wake', 'sleep', 'close'] as const
export type DebugCommand = (typeof debugCommands)[number]

/**
 * A dock's reply to a command. `commandId` is the vendor's `tid`. A `result` other than 0 is a refusal;
 * `refused`: the dock refuses in its status, although its result code is 0. `isDone`: the dock says that it
 * is done.
 */
export type DebugReply = {
  /** Missing if the message has no method: `commandId` then shows which command it is. */
  command?: DebugCommand
  commandId: string
  processId?: string
  result: number
  refused?: true
  isDone: boolean
}

/** A dock's progress with switching its aircraft on or off. Either `status` or `end` is set. */
export type PowerProgress = {
  /** Missing if the message has no method: `processId` then shows which command it is. */
  command?: 'wake' | 'sleep'
  /** The vendor's `bid`. */
  processId?: string
  status?: Status
  end?: End
  /** 0 to 100. */
  percent?: number
  /** The vendor's fault code, never 0. */
  result?: number
  /** Set if the dock needs its event acknowledged: for `acknowledgeEvent` of `dji-dock/down.ts`. */
  acknowledge?: AnswerTo
  /** The payload names another gateway than its topic does. The topic counts. */
  gatewayContradicts: boolean
}
