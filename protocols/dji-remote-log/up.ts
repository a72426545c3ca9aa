/**
 * What a dock says to us, in our words. Strict in meaning, forgiving in form: README.md lists the quirks of real docks
 * and of the vendor's pages, and each is a test. The readers are total and pure: any bytes give an outcome, nothing
 * throws, and the same bytes give the same fact.
 */
import { filesOf, isList, notUnderstood, open } from './envelope.ts'
import type {
  Acknowledgement,
  ArchiveReport,
  End,
  ListedModule,
  LogFile,
  Progress,
  Read,
  Reply,
} from './facts.ts'
import {
  at,
  type Fields,
  given,
  integer,
  isFields,
  isGiven,
  objectKey,
  quantity,
  text,
  time,
} from './fields.ts'
import { moduleOf } from './module-codes.ts'
import { type State, stateOf } from './statuses.ts'
import { eventMarks, eventMethods, methods, replyMarks, replyMethods } from './topics.ts'

/** Ids are UUIDs as a rule, serial numbers are shorter still. */
const idLength = 128
/** MD5 takes 32 hexadecimal digits, SHA-256 64. Anything else is no fingerprint and may be what nobody should see. */
const fingerprintPattern = /^[0-9A-Fa-f]{1,64}$/
/** Steps are counted from 1, the vendor's examples go up to 30 and its step tables to 45. */
const steps = { min: 1, max: 999 }

/** Reads a message from `services_reply`. `dockSn` is the serial number in its topic. */
export const readReply = (dockSn: string, payload: Uint8Array): Read<Reply> => {
  const opened = open(payload, { methods: replyMethods, marks: replyMarks })
  if (opened.outcome !== 'opened') return opened
  const { message, data } = opened
  const commandId = text(message.tid, idLength)
  if (commandId === undefined) return notUnderstood('noCommandId', 'tid')
  const files = filesOf(message)
  if (!isList(files)) return files
  const modules = onceEach(files.flatMap((file) => listedModule(dockSn, file)))
  const result = integer(data.result)
  if (result === undefined && modules.length === 0) return notUnderstood('noResult', 'data.result')
  return { outcome: 'understood', fact: { commandId, result: result ?? 0, modules } }
}

/** Reads a message from `events`. `dockSn` is the serial number in its topic. */
export const readProgress = (dockSn: string, payload: Uint8Array): Read<Progress> => {
  const opened = open(payload, { methods: eventMethods, marks: eventMarks })
  if (opened.outcome !== 'opened') return opened
  const { message, data } = opened
  const files = filesOf(message)
  if (!isList(files)) return files
  const state = stateOf(at(data, 'output.status') ?? data.status)
  const archives = files.filter(isFields).map((file) => archiveReport(dockSn, file, state))
  const result = integer(data.result)
  if (state === undefined && archives.length === 0 && !result)
    return notUnderstood('nothingReported', 'data.output')
  return {
    outcome: 'understood',
    fact: {
      ...given({
        processId: text(message.bid, idLength),
        result,
        end: endOf(state),
        acknowledge: acknowledgement(message),
      }),
      archives: archives.length > 0 ? archives : jobReport(data, state),
      gatewayContradicts: isGiven(message.gateway) && message.gateway !== '' && message.gateway !== dockSn,
    },
  }
}

const listedModule = (dockSn: string, file: unknown): ListedModule[] => {
  if (!isFields(file)) return []
  const module = moduleOf(file.module)
  if (module === undefined) return []
  const list: unknown[] = Array.isArray(file.list) ? file.list : []
  return [
    {
      module,
      ...deviceOf(dockSn, file),
      result: integer(file.result) ?? 0,
      logs: list.flatMap(logFile),
    },
  ]
}

/** A log without times or size is still one that can be uploaded; without boot index it is not. */
const logFile = (entry: unknown): LogFile[] => {
  if (!isFields(entry)) return []
  const bootIndex = integer(entry.boot_index, { min: 0 })
  if (bootIndex === undefined) return []
  return [
    {
      bootIndex,
      startTime: time(entry.start_time) ?? 0,
      // Every example list of the vendor has one end_ime.
      endTime: time(entry.end_time) ?? time(entry.end_ime) ?? 0,
      sizeBytes: integer(entry.size, { min: 0 }) ?? 0,
    },
  ]
}

/** A file without a status of its own takes part in the job's current step, but never in its end. */
const archiveReport = (dockSn: string, file: Fields, job: State | undefined): ArchiveReport => {
  const progress = isFields(file.progress) ? file.progress : file
  return {
    ...given({
      module: moduleOf(file.module),
      objectKey: objectKey(file.key),
      sizeBytes: integer(file.size, { min: 0 }),
      fingerprint: fingerprint(file.fingerprint),
    }),
    ...deviceOf(dockSn, file),
    ...(stateOf(progress.status) ?? stepOf(job)),
    ...position(progress),
    ...given({
      // Zero while the upload is under way.
      finishedAt: time(progress.finish_time) || undefined,
      uploadRate: quantity(progress.upload_rate),
      result: integer(progress.result),
    }),
  }
}

/** The form of a dock's other progress events: a status and a position, of the whole job. */
const jobReport = (data: Fields, state: State | undefined): ArchiveReport[] => {
  if (state === undefined || 'end' in state) return []
  const progress = at(data, 'output.progress')
  return [{ ...state, ...(isFields(progress) && position(progress)) }]
}

const position = (progress: Fields): Pick<ArchiveReport, 'stepNumber' | 'stepCount' | 'stepPercent'> => {
  const stepNumber = integer(progress.current_step, steps)
  const stepCount = integer(progress.total_step, steps)
  const isPast = stepNumber !== undefined && stepCount !== undefined && stepNumber > stepCount
  return given({
    stepNumber,
    stepCount: isPast ? undefined : stepCount,
    stepPercent:
      quantity(progress.progress, 100) ?? quantity(progress.prgress, 100) ?? quantity(progress.percent, 100),
  })
}

/** A dock may leave its own serial number blank; an aircraft's is not known here. */
const deviceOf = (dockSn: string, file: Fields): { deviceSn?: string } =>
  given({
    deviceSn: text(file.device_sn, idLength) ?? (moduleOf(file.module) === 'dock' ? dockSn : undefined),
  })

const endOf = (state: State | undefined): End | undefined =>
  state !== undefined && 'end' in state ? state.end : undefined

const stepOf = (state: State | undefined): State =>
  state !== undefined && 'step' in state ? state : { step: 'unknown' }

/** Without the event's own id there is nothing to answer to. */
const acknowledgement = (message: Fields): Acknowledgement | undefined => {
  const eventId = text(message.tid, idLength)
  if (integer(message.need_reply) !== 1 || eventId === undefined) return undefined
  return { eventId, ...given({ processId: text(message.bid, idLength) }), method: methods.progress }
}

const fingerprint = (value: unknown): string | undefined => {
  const digits = text(value, 64)
  return digits !== undefined && fingerprintPattern.test(digits) ? digits : undefined
}

/** A module is listed once: of several the first counts, so that no reply is larger than two can make it. */
const onceEach = (modules: readonly ListedModule[]): ListedModule[] =>
  modules.filter(({ module }, n) => modules.findIndex((one) => one.module === module) === n)
