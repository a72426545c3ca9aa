/**
 * Reads docks' messages about upgrades into our own terms. Strict in meaning, tolerant in form: README.md
 * lists the quirks, and each has a test. The readers are total and pure: any bytes give an outcome, nothing
 * throws.
 */
import { acknowledgementOf } from '../dji-events.ts'
import { identifier, integer, quantity, text } from '../fields.ts'
import { bare, type Fields, firstAt, given, isBlank, noted, optional, type Part, partAt } from '../json.ts'
import { notUnderstood, openObject, type Read } from '../message.ts'
import type { OfferReply, UpgradeProgress } from './facts.ts'
import { answerOf, stateOf } from './statuses.ts'
import { methods, stepMarks, stepPaths } from './topics.ts'

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
  /** A progress event without a status, a step, a percentage or a fault code. */
  | 'nothingReported'

/**
 * Reads a message from `services_reply`. Without a method it may answer any command; only `commandId` then
 * shows which.
 */
export const readOfferReply = (payload: Uint8Array): Read<OfferReply> => {
  const opened = open(payload, methods.create, answersSomething)
  if (opened.outcome !== 'opened') return opened
  const { message, data } = opened
  const commandId = optional(message, 'tid', identifier)
  if (commandId === undefined) return notUnderstood<Reason>('noCommandId', 'tid')
  const result = resultOf(data)
  const answer = answerOf(firstAt(data, 'output.status', 'status'))
  if (result === undefined && answer === undefined) return notUnderstood<Reason>('noResult', 'data.result')
  return {
    outcome: 'understood',
    fact: {
      commandId,
      ...given({ processId: optional(message, 'bid', identifier) }),
      result: result ?? 0,
      ...(answer === 'refused' && !result ? { refused: true } : {}),
    },
    ...noted(message.dropped),
  }
}

/** Reads a message from `events`. `dockSn` is the serial number in its topic. */
export const readUpgradeProgress = (dockSn: string, payload: Uint8Array): Read<UpgradeProgress> => {
  const opened = open(payload, methods.progress, ({ fields }) => isUpgradeStep(fields))
  if (opened.outcome !== 'opened') return opened
  const { message, data } = opened
  const output = partAt(data, 'output') ?? data
  const state = stateOf(firstAt(data, 'output.status', 'status'))
  const result = resultOf(data) || undefined
  const position = positionOf(partAt(output, 'progress') ?? output)
  if (state === undefined && result === undefined && Object.keys(position).length === 0)
    return notUnderstood<Reason>('nothingReported', 'data.output')
  const { gateway } = message.fields
  return {
    outcome: 'understood',
    fact: {
      ...(state ?? { status: 'unknown' }),
      ...position,
      ...given({
        processId: optional(message, 'bid', identifier),
        result,
        acknowledge: acknowledgementOf(message, text(message.fields.method, 64) ?? methods.progress),
      }),
      gatewayContradicts: !isBlank(gateway) && bare(gateway) !== dockSn,
    },
    ...noted(message.dropped),
  }
}

const answersSomething = (message: Part): boolean => {
  const data = partAt(message, 'data')
  if (data === undefined) return false
  return !isBlank(data.fields.result) || answerOf(firstAt(data, 'output.status', 'status')) !== undefined
}

type Opened = { outcome: 'opened'; message: Part; data: Part }

/** `isMarked`: whether a message without a method is ours. */
const open = (
  payload: Uint8Array,
  expected: string,
  isMarked: (message: Part) => boolean,
): Opened | Read<never> => {
  const message = openObject(payload)
  if ('outcome' in message) return message
  const { method } = message.fields
  const isOurs = isBlank(method) ? isMarked(message) : bare(method) === expected
  if (!isOurs) return { outcome: 'ignored' }
  const data = partAt(message, 'data')
  return data ? { outcome: 'opened', message, data } : notUnderstood<Reason>('noData', 'data')
}

const progressPaths: readonly string[] = ['data.output.progress', 'data.progress', 'data.output']

/** Whether an event without a method is ours, by the name of its step. */
export const isUpgradeStep = (message: Fields): boolean => {
  const paths = progressPaths.flatMap((path) => stepPaths.map((name) => `${path}.${name}`))
  const step = firstAt({ fields: message }, ...paths)
  return typeof step === 'string' && stepMarks.some((mark) => mark === bare(step))
}

/** A result may be beside the status, and the old pages have one per step. The first fault counts. */
const resultOf = (data: Part): number | undefined => {
  const output = partAt(data, 'output')
  const progress = (output && partAt(output, 'progress')) ?? partAt(data, 'progress')
  const results = [
    optional(data, 'result', integer),
    output && optional(output, 'result', integer),
    progress && optional(progress, 'step_result', integer),
  ]
  return results.find(Boolean) ?? results.find((result) => result !== undefined)
}

const stages: ReadonlyMap<unknown, NonNullable<UpgradeProgress['stage']>> = new Map<
  unknown,
  NonNullable<UpgradeProgress['stage']>
>([
  ['download_firmware', 'downloading'],
  ['upgrade_firmware', 'installing'],
  // As the vendor's demo reads them.
  [1, 'downloading'],
  [2, 'installing'],
])

const stageOf = (value: unknown) => stages.get(bare(value)) ?? stages.get(integer(value))

const positionOf = (progress: Part): Pick<UpgradeProgress, 'stage' | 'percent'> => {
  const name = stepPaths.find((path) => !isBlank(progress.fields[path]))
  return given({
    stage: name === undefined ? undefined : optional(progress, name, stageOf),
    percent: optional(progress, 'percent', (value) => quantity(value, 100)),
  })
}
