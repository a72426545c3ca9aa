/** Opens a dock's message: what every message has in common, before its contents are read. */
import type { Read } from './facts.ts'
import { at, type Fields, isFields, isGiven } from './fields.ts'
import { filesPaths } from './topics.ts'

/** Why a message was not understood. The names are stable: operators see and count them. */
export type Reason =
  /** The bytes are no JSON text. */
  | 'notJson'
  /** JSON, but no object. */
  | 'notAnObject'
  /** No object `data`. */
  | 'noData'
  /** A reply without the `tid` of the command it answers. */
  | 'noCommandId'
  /** A reply with neither a result code nor a usable list of logs. */
  | 'noResult'
  /** `files` is something else than a list. */
  | 'filesNotAList'
  /** A progress event with neither a status nor a file nor a result code that tells of a fault. */
  | 'nothingReported'

type NotUnderstood = Extract<Read<never>, { outcome: 'notUnderstood' }>

/** The outcome of reading a message that is meant for us and unusable. */
export const notUnderstood = (reason: Reason, path: string): NotUnderstood => ({
  outcome: 'notUnderstood',
  reason,
  path,
})

/** What is ours on a topic: these methods, and messages without a method that have one of the marks. */
export type Ours = { methods: readonly string[]; marks: readonly string[] }

/** A message that is ours, with its contents still to be read. */
export type Opened = { outcome: 'opened'; message: Fields; data: Fields }

/** Parses a payload and decides whether it is ours. Any bytes give an outcome. */
export const open = (payload: Uint8Array, ours: Ours): Opened | Read<never> => {
  const message = parse(payload)
  if (message === undefined) return notUnderstood('notJson', '')
  if (!isFields(message)) return notUnderstood('notAnObject', '')
  if (!isOurs(message, ours)) return { outcome: 'ignored' }
  return isFields(message.data)
    ? { outcome: 'opened', message, data: message.data }
    : notUnderstood('noData', 'data')
}

/** The message's list of files, an empty one if it has none, wherever it is; a list with entries comes first. */
export const filesOf = (message: Fields): readonly unknown[] | NotUnderstood => {
  const found = filesPaths
    .map((path) => ({ path, value: at(message, path) }))
    .filter(({ value }) => isGiven(value))
  const lists = found
    .map(({ value }): unknown => value)
    .filter((value): value is unknown[] => Array.isArray(value))
  const list = lists.find(({ length }) => length > 0) ?? lists[0]
  if (list) return list
  return found[0] ? notUnderstood('filesNotAList', found[0].path) : []
}

/** Tells a list of files from the reason why there is none. */
export const isList = (files: readonly unknown[] | NotUnderstood): files is readonly unknown[] =>
  Array.isArray(files)

const isOurs = (message: Fields, { methods, marks }: Ours): boolean =>
  isGiven(message.method)
    ? methods.some((method) => method === message.method)
    : marks.some((path) => isGiven(at(message, path)))

/** Malformed UTF-8 is replaced, not refused: it may sit in a field that does not matter. A byte order mark is skipped. */
const parse = (payload: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(payload))
  } catch {
    return undefined
  }
}
