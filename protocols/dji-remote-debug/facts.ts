/**
 * What a dock tells of its debug mode and its aircraft's power, in our words. `up.ts` makes these from the
 * vendor's messages; nothing outside this folder knows a vendor field name.
 */
import type { AnswerTo } from '../dji-dock/facts.ts'
import type { End, Status } from '../dji-firmware/facts.ts'

/**
 * What a dock can be told. `open` and `close`: its debug mode, done once the dock has answered; `wake` and
 * `sleep`: its aircraft, under way once the dock has answered, done once it has reported so.
 */
export const debugCommands = ['open', 'wake', 'sleep', 'close'] as const
export type DebugCommand = (typeof debugCommands)[number]

/**
 * A dock's answer to one of them. `commandId` is the vendor's `tid`. A `result` that is not 0 is a refusal;
 * `refused`: the dock refuses in words, although its result code is 0. `isDone`: by its word it is done.
 */
export type DebugReply = {
  /** Missing where the dock names no method: its `commandId` says which it is. */
  command?: DebugCommand
  commandId: string
  processId?: string
  result: number
  refused?: true
  isDone: boolean
}

/** How far a dock is with switching its aircraft on or off. Set is either `status` or `end`. */
export type PowerProgress = {
  /** Missing where the dock names no method: its `processId` says which it is. */
  command?: 'wake' | 'sleep'
  /** The vendor's `bid`. */
  processId?: string
  status?: Status
  end?: End
  /** 0 to 100. */
  percent?: number
  /** The vendor's code of a fault, never 0. */
  result?: number
  /** Set when the dock wants its event acknowledged: for `acknowledgeEvent` of `dji-dock/down.ts`. */
  acknowledge?: AnswerTo
  /** The payload names another gateway than its topic does. The topic counts. */
  gatewayContradicts: boolean
}
