/**
 * Reads docks' messages about remote logs into our own terms. Strict in meaning, tolerant in form: README.md
 * lists the quirks of real docks and of the vendor's pages, and each has a test. The readers are total and
 * pure: any bytes give an outcome, nothing throws, and the same bytes give the same fact.
 */
import { acknowledgementOf } from '../dji-events.ts'
import { identifier, integer, natural, quantity, text } from '../fields.ts'
import { bare, firstAt, given, isBlank, noted, optional, type Part, partAt } from '../json.ts'
import { notUnderstood, type Read } from '../message.ts'
import { filesOf, open, type Reason } from './envelope.ts'
import type { ArchiveReport, End, Progress, Reply } from './facts.ts'
import { objectKey, processName, time } from './fields.ts'
import { deviceOf, listedModules } from './listed-modules.ts'
import { moduleOf } from './module-codes.ts'
import { answerOf, type State, stateOf } from './statuses.ts'
import { eventMarks, eventMethods, methods, replyMarks, replyMethods } from './topics.ts'

/** MD5 has 32 hexadecimal digits, SHA-256 64. Anything else is no fingerprint, and may be a secret. */
const fingerprintPattern = /^[0-9A-Fa-f]{1,64}$/
/** Steps count from 1; the vendor's examples go up to 30, its step tables to 45. 0 means none. */
const steps = { min: 0, max: 999 }

/** Reads a message from `services_reply`. `dockSn` is the serial number in its topic. */
export const readReply = (dockSn: string, payload: Uint8Array): Read<Reply> => {
  const opened = open(payload, { methods: replyMethods, marks: replyMarks })
  if (opened.outcome !== 'opened') return opened
  const { message, data } = opened
  const commandId = optional(message, 'tid', identifier)
  if (commandId === undefined) return notUnderstood<Reason>('noCommandId', 'tid')
  const { files, unreadable } = filesOf(data)
  const modules = listedModules(dockSn, files)
  const result = resultOf(data)
  const answer = answerOf(firstAt(data, 'output.status', 'status'))
  if (result === undefined && answer === undefined && modules.length === 0)
    return unreadable
      ? notUnderstood<Reason>('filesNotAList', unreadable)
      : notUnderstood<Reason>('noResult', 'data.result')
  const refused = answer === 'refused' && !result
  // An unreadable list is not an empty one: the dock has logs, but we do not know which.
  if (unreadable && modules.length === 0 && !result && !refused && mayList(message))
    return notUnderstood<Reason>('filesNotAList', unreadable)
  return {
    outcome: 'understood',
    fact: { commandId, result: result ?? 0, ...(refused ? { refused } : {}), modules },
    ...noted(message.dropped),
  }
}

/** Reads a message from `events`. `dockSn` is the serial number in its topic. */
export const readProgress = (dockSn: string, payload: Uint8Array): Read<Progress> => {
  const opened = open(payload, { methods: eventMethods, marks: eventMarks })
  if (opened.outcome !== 'opened') return opened
  const { message, data } = opened
  const { files, unreadable } = filesOf(data)
  const state = stateOf(firstAt(data, 'output.status', 'status'))
  const archives = files.map((file) => archiveReport(dockSn, file, state))
  const result = resultOf(data)
  if (state === undefined && archives.length === 0 && !result)
    return unreadable
      ? notUnderstood<Reason>('filesNotAList', unreadable)
      : notUnderstood<Reason>('nothingReported', 'data.output')
  const { gateway } = message.fields
  return {
    outcome: 'understood',
    fact: {
      ...given({
        processId: optional(message, 'bid', processName),
        result,
        end: endOf(state),
        acknowledge: acknowledgementOf(message, methods.progress),
      }),
      archives: archives.length > 0 ? archives : jobReport(data, state),
      gatewayContradicts: !isBlank(gateway) && bare(gateway) !== dockSn,
    },
    ...noted(message.dropped),
  }
}

/** A result may be beside the status. */
const resultOf = (data: Part): number | undefined => {
  const output = partAt(data, 'output')
  return optional(data, 'result', integer) ?? (output && optional(output, 'result', integer))
}

/** Only a list command is answered with files; elsewhere they do not matter. */
const mayList = ({ fields }: Part): boolean => isBlank(fields.method) || bare(fields.method) === methods.list

/** A file without a status of its own has the job's current step, but never its end. */
const archiveReport = (dockSn: string, file: Part, job: State | undefined): ArchiveReport => {
  const progress = partAt(file, 'progress') ?? file
  const module = optional(file, 'module', moduleOf)
  return {
    ...given({
      module,
      objectKey: optional(file, 'key', objectKey),
      // Zero if the dock does not know it, or not yet.
      sizeBytes: optional(file, 'size', natural) || undefined,
      fingerprint: optional(file, 'fingerprint', fingerprint),
    }),
    ...deviceOf(dockSn, file, module),
    ...(stateOf(firstAt(progress, 'status') ?? firstAt(file, 'status')) ?? stepOf(job)),
    ...position(progress),
    ...given({
      // Zero while the upload is in progress.
      finishedAt: optional(progress, 'finish_time', time) || undefined,
      uploadRate: optional(progress, 'upload_rate', quantity),
      result: optional(progress, 'result', integer) ?? (progress === file ? undefined : resultOf(file)),
    }),
  }
}

/** The form of a dock's other progress events: a status and a position, for the whole job. */
const jobReport = (data: Part, state: State | undefined): ArchiveReport[] => {
  if (state === undefined || 'end' in state) return []
  const output = partAt(data, 'output')
  const progress = (output && partAt(output, 'progress')) ?? partAt(data, 'progress')
  return [{ ...state, ...(progress && position(progress)) }]
}

const step = (value: unknown) => integer(value, steps)
const percent = (value: unknown) => quantity(value, 100)

const position = (progress: Part): Pick<ArchiveReport, 'stepNumber' | 'stepCount' | 'stepPercent'> => {
  const stepNumber = optional(progress, 'current_step', step) || undefined
  const stepCount = optional(progress, 'total_step', step) || undefined
  const isPast = stepNumber !== undefined && stepCount !== undefined && stepNumber > stepCount
  return given({
    stepNumber,
    stepCount: isPast ? undefined : stepCount,
    stepPercent:
      optional(progress, 'progress', percent) ??
      optional(progress, 'prgress', percent) ??
      optional(progress, 'percent', percent),
  })
}

const endOf = (state: State | undefined): End | undefined =>
  state !== undefined && 'end' in state ? state.end : undefined

const stepOf = (state: State | undefined): State =>
  state !== undefined && 'step' in state ? state : { step: 'unknown' }

const fingerprint = (value: unknown): string | undefined => {
  const digits = text(value, 64)
  return digits !== undefined && fingerprintPattern.test(digits) ? digits : undefined
}
