/**
 * Reads docks' messages about debug mode and the aircraft's power into our own terms. Strict in meaning,
 * tolerant in form: README.md lists the quirks, and each has a test. The readers are total and pure: any
 * bytes give an outcome, nothing throws.
 */
import { acknowledgementOf } from '../dji-events.ts'
import { answerOf, stateOf } from '../dji-firmware/statuses.ts'
import { identifier, integer, quantity } from '../fields.ts'
import {
  at,
  bare,
  type Fields,
  firstAt,
  given,
  isBlank,
  isFields,
  noted,
  optional,
  type Part,
  partAt,
} from '../json.ts'
import { notUnderstood, openObject, type Read } from '../message.ts'
import { type DebugCommand, type DebugReply, debugCommands, type PowerProgress } from './facts.ts'
import { methods } from './topics.ts'

/** Why a message was not understood. The names are stable: operators see and count them. */
export type Reason =
  /** The bytes are not JSON. */
  | 'notJson'
  /** JSON, but not an object. */
  | 'notAnObject'
  /** No object `data`. */
  | 'noData'
  /** A reply without the `tid` of the command it answers. */
  | 'noCommandId'
  /** A reply with neither a result code nor a status that accepts or refuses. */
  | 'noResult'
  /** An event with neither a status nor a fault code. */
  | 'nothingReported'

/**
 * Reads a message from `services_reply`. Without a method it may answer any command; only `commandId` then
 * shows which.
 */
export const readDebugReply = (payload: Uint8Array): Read<DebugReply> => {
  const opened = open(payload, debugCommands)
  if (opened.outcome !== 'opened') return opened
  const { message, data, command } = opened
  const result = resultOf(data)
  const status = firstAt(data, 'output.status', 'status')
  const answer = answerOf(status)
  const commandId = optional(message, 'tid', identifier)
  const isAnswer = result !== undefined || answer !== undefined
  if (command === undefined && (commandId === undefined || !isAnswer)) return { outcome: 'ignored' }
  if (commandId === undefined) return notUnderstood<Reason>('noCommandId', 'tid')
  if (!isAnswer) return notUnderstood<Reason>('noResult', 'data.result')
  const isRefused = answer === 'refused' && !result
  return {
    outcome: 'understood',
    fact: {
      ...given({ command, processId: optional(message, 'bid', identifier) }),
      commandId,
      result: result ?? 0,
      ...(isRefused ? { refused: true } : {}),
      isDone: !result && !isRefused && bare(status) === 'ok',
    },
    ...noted(message.dropped),
  }
}

/** Reads a message from `events`. `dockSn` is the serial number in its topic. */
export const readPowerProgress = (dockSn: string, payload: Uint8Array): Read<PowerProgress> => {
  const opened = open(payload, ['wake', 'sleep'])
  if (opened.outcome !== 'opened') return opened
  const { message, data, command } = opened
  const processId = optional(message, 'bid', identifier)
  const state = stateOf(firstAt(data, 'output.status', 'status'))
  const result = resultOf(data) || undefined
  const isReport = state !== undefined || result !== undefined
  // Without a method it may be about any long-running command; one with further fields is about another.
  if (command === undefined && (processId === undefined || !isReport || isOfOtherWork(data)))
    return { outcome: 'ignored' }
  if (!isReport) return notUnderstood<Reason>('nothingReported', 'data.output')
  const progress = progressOf(data)
  const { gateway } = message.fields
  return {
    outcome: 'understood',
    fact: {
      ...(state ?? { status: 'unknown' }),
      ...given({
        command: command === 'wake' || command === 'sleep' ? command : undefined,
        processId,
        result,
        percent: progress && optional(progress, 'percent', (value) => quantity(value, 100)),
        // Without a method we do not know yet whether it is ours to acknowledge.
        acknowledge: command && acknowledgementOf(message, methods[command]),
      }),
      gatewayContradicts: !isBlank(gateway) && bare(gateway) !== dockSn,
    },
    ...noted(message.dropped),
  }
}

/** `command` is missing if the message has no method. */
type Opened = { outcome: 'opened'; message: Part; data: Part; command?: DebugCommand | undefined }

const open = (payload: Uint8Array, commands: readonly DebugCommand[]): Opened | Read<never> => {
  const message = openObject(payload)
  if ('outcome' in message) return message
  const { method } = message.fields
  const command = commands.find((one) => methods[one] === bare(method))
  if (command === undefined && !isBlank(method)) return { outcome: 'ignored' }
  const data = partAt(message, 'data')
  if (data) return { outcome: 'opened', message, data, command }
  return command === undefined ? { outcome: 'ignored' } : notUnderstood<Reason>('noData', 'data')
}

const isOfOtherWork = ({ fields }: Pick<Part, 'fields'>): boolean =>
  ['output.ext', 'ext'].some((path) => !isBlank(at(fields, path)))

/** Whether an event without a method may be ours: it has a status, and nothing more. */
export const isBareStatus = (message: Fields): boolean => {
  const data = at(message, 'data')
  return isFields(data) && !isBlank(at(data, 'output.status')) && !isOfOtherWork({ fields: data })
}

const progressOf = (data: Part): Part | undefined => {
  const output = partAt(data, 'output')
  return (output && partAt(output, 'progress')) ?? partAt(data, 'progress')
}

/** The first fault counts. */
const resultOf = (data: Part): number | undefined => {
  const output = partAt(data, 'output')
  const results = [optional(data, 'result', integer), output && optional(output, 'result', integer)]
  return results.find(Boolean) ?? results.find((result) => result !== undefined)
}
