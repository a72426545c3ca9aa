/** Our messages to a dock. Pure: the same command always gives the same message. */
import { topicsOf } from '../dji-remote-log/topics.ts'
import type { DeviceMessage } from '../message.ts'
import type { DebugCommand } from './facts.ts'
import { methods } from './topics.ts'

/**
 * Opens or closes a dock's debug mode, or switches its aircraft on or off in it. The dock's reply contains
 * `commandId`, its reports contain `processId`. `sentAt` is epoch milliseconds.
 */
export const debugCommand = (
  { dockSn, commandId, processId, sentAt }: DebugMessage,
  command: DebugCommand,
): DeviceMessage => ({
  topic: topicsOf(dockSn).services,
  payload: JSON.stringify({
    tid: commandId,
    bid: processId,
    timestamp: sentAt,
    method: methods[command],
    // As in the vendor's page: none of the four takes a parameter.
    data: null,
  }),
})

type DebugMessage = { dockSn: string; commandId: string; processId: string; sentAt: number }
