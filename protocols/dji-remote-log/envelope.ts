/** Opens a dock's message: what every message has in common, before its contents are read. */
import { integer } from '../fields.ts'
import {
  at,
  bare,
  drop,
  type Fields,
  isBlank,
  isFields,
  optional,
  type Part,
  partAt,
  partsOf,
  placeOf,
} from '../json.ts'
import { notUnderstood, openObject, type Read } from '../message.ts'
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
  /** `files` is something else than a list, in a message that tells nothing without it. */
  | 'filesNotAList'
  /** A progress event with neither a status nor a file nor a result code that tells of a fault. */
  | 'nothingReported'

/** What is ours on a topic: these methods, and messages without a method that have one of the marks. */
export type Ours = { methods: readonly string[]; marks: readonly string[] }

/** A message that is ours, with its contents still to be read. */
export type Opened = { outcome: 'opened'; message: Part; data: Part }

/** Parses a payload and decides whether it is ours. Any bytes give an outcome. */
export const open = (payload: Uint8Array, ours: Ours): Opened | Read<never> => {
  const message = openObject(payload)
  if ('outcome' in message) return message
  if (!isOurs(message.fields, ours)) return { outcome: 'ignored' }
  const data = partAt(message, 'data')
  const contents = data && !isEmptyObject(data.fields) ? data : (tooHigh(message) ?? data)
  return contents ? { outcome: 'opened', message, data: contents } : notUnderstood<Reason>('noData', 'data')
}

/** The contents of a message that has them one level too high. */
const tooHigh = (message: Part): Part | undefined => {
  const { result, output, files } = message.fields
  if (integer(result) === undefined && !isFields(output) && !Array.isArray(files)) return undefined
  optional(message, 'data', (data) => (isFields(data) ? data : undefined))
  return message
}

/**
 * The files of a message, and the place of what stands where the list should and is none. An empty list may
 * be written as an empty object, by languages that have one word for both.
 */
export const filesOf = (data: Part): { files: Part[]; unreadable?: string } => {
  const found = filesPaths
    .map((path) => path.replace('data.', ''))
    .map((path) => ({ path: placeOf(data, path), value: at(data.fields, path) }))
    .filter(({ value }) => !isBlank(value))
  const lists = found.flatMap(({ path, value }) => (isList(value) ? [{ path, list: value }] : []))
  const full = lists.find(({ list }) => list.length > 0)
  const others = found.filter(({ value }) => !isList(value) && !isEmptyObject(value))
  for (const { path } of others) drop(data.dropped, path)
  const files = full ? partsOf(data, full.path, full.list, mostFiles) : []
  return { files, ...(lists.length === 0 && others[0] ? { unreadable: others[0].path } : {}) }
}

/** The vendor knows two modules, and a file for each; a message is no flood. */
const mostFiles = 16

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

const isEmptyObject = (value: unknown): boolean => isFields(value) && Object.keys(value).length === 0

const isOurs = (message: Fields, { methods, marks }: Ours): boolean =>
  isBlank(message.method)
    ? marks.some((path) => (at(message, path) ?? undefined) !== undefined)
    : methods.some((method) => method === bare(message.method))
