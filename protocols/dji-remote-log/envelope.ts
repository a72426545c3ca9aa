/** Opens a dock's message: the envelope that all messages have in common. */
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
  /** The bytes are not JSON. */
  | 'notJson'
  /** JSON, but not an object. */
  | 'notAnObject'
  /** No object `data`. */
  | 'noData'
  /** A reply without the `tid` of the command it answers. */
  | 'noCommandId'
  /** A reply with neither a result code, a status that accepts or refuses, nor a usable list of logs. */
  | 'noResult'
  /** `files` is not a list, in a message that says nothing without it. */
  | 'filesNotAList'
  /** A progress event without a status, a file or a fault code. */
  | 'nothingReported'

/**
 * Which messages on a topic are ours: those with one of these methods, and those without a method that have
 * one of the marks.
 */
export type Ours = { methods: readonly string[]; marks: readonly string[] }

/** A message of ours whose contents are still to be read. */
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
 * The files of a message, and the path of a value that should be the list but is not. An empty list may be
 * written as an empty object, by languages that do not distinguish them.
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
  const files = full ? partsOf(data, full.path, full.list, maxFiles) : []
  return { files, ...(lists.length === 0 && others[0] ? { unreadable: others[0].path } : {}) }
}

/** The vendor has two modules, with a file for each; this limits floods. */
const maxFiles = 16

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

const isEmptyObject = (value: unknown): boolean => isFields(value) && Object.keys(value).length === 0

const isOurs = (message: Fields, { methods, marks }: Ours): boolean =>
  isBlank(message.method)
    ? marks.some((path) => (at(message, path) ?? undefined) !== undefined)
    : methods.some((method) => method === bare(message.method))
