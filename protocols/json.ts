/**
 * What all protocols do alike with a device's message: parse its bytes, and read fields that may be missing
 * or malformed. The rule for a field: a blank one is missing; an unreadable one is dropped, and its path
 * noted. A message is rejected only if its essential content is missing.
 */

/** A JSON object with unknown fields. */
export type Fields = { readonly [name: string]: unknown }

/** Whether a value is a JSON object. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The JSON in a payload; undefined if there is none. It ends at the first NUL, like a string in C: no JSON
 * text contains one, and some firmware sends the rest of its buffer, too. Malformed UTF-8 is replaced, not
 * rejected: it may be in a field that does not matter. A byte order mark is skipped.
 *
 * `verbatim` names fields in which a number is meant as a string: the version 1.10 is not 1.1.
 */
export const parseJson = (payload: Uint8Array, verbatim?: ReadonlySet<string>): unknown => {
  const end = payload.indexOf(0)
  const text = new TextDecoder().decode(end < 0 ? payload : payload.subarray(0, end))
  try {
    const parsed: unknown = JSON.parse(text)
    return verbatim ? asWritten(text, parsed, verbatim) : parsed
  } catch {
    return undefined
  }
}

/**
 * Reads numbers under these names as strings. A reviver function would also give the source text, but it
 * takes forty times as long for a message full of small values, and cannot handle every nesting depth.
 */
const asWritten = (text: string, parsed: unknown, names: ReadonlySet<string>): unknown => {
  // Inside a string a quote is escaped, so that this matches whole names only.
  const numbers = new RegExp(
    `((?<!\\\\)"(?:${[...names].join('|')})"\\s{0,9}:\\s{0,9})(-?\\d[\\d.eE+-]*)`,
    'g',
  )
  const quoted = text.replace(numbers, '$1"$2"')
  return quoted === text ? parsed : JSON.parse(quoted)
}

/**
 * Whether a field is blank: devices, and servers in front of them, also write null or an empty string for
 * that.
 */
export const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && trimmed(value) === '')

const isFiller = /^[\s\p{Cc}]$/u

/** A string without surrounding blanks, line ends and control characters. Inner ones stay as they are. */
export const trimmed = (text: string): string => {
  // Not with a regular expression: that would scan a long run of inner blanks once for each of its
  // characters.
  let [from, to] = [0, text.length]
  while (from < to && isFiller.test(text.charAt(from))) from += 1
  while (to > from && isFiller.test(text.charAt(to - 1))) to -= 1
  return text.slice(from, to)
}

/** A trimmed string; anything else as it is. */
export const bare = (value: unknown): unknown => (typeof value === 'string' ? trimmed(value) : value)

/** Part of a message, with its path; `dropped` collects the paths of unreadable fields. */
export type Part = { fields: Fields; path: string; dropped: string[] }

/** The most paths that are noted for a message: they are counted, not listed. */
const maxDropped = 100

/** Notes that the value at a path could not be read. */
export const drop = (dropped: string[], path: string): undefined => {
  if (dropped.length < maxDropped) dropped.push(path)
}

/** The `dropped` of a reader's outcome, if there is any. */
export const noted = (dropped: readonly string[]): { dropped?: readonly string[] } =>
  dropped.length > 0 ? { dropped } : {}

/** The path of a field in a part. */
export const placeOf = ({ path }: Pick<Part, 'path'>, name: string): string =>
  path ? `${path}.${name}` : name

/** A field that may be missing. If `read` cannot use it, it is dropped. */
export const optional = <T>(
  part: Part,
  name: string,
  read: (value: unknown) => T | undefined,
): T | undefined => {
  const value = part.fields[name]
  if (isBlank(value)) return undefined
  return read(value) ?? drop(part.dropped, placeOf(part, name))
}

/** The fields that have a value: facts omit missing ones. */
export const given = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } => {
  const present: Partial<T> = { ...fields }
  for (const name in present) if (present[name] === undefined) delete present[name]
  return present as { [K in keyof T]?: Exclude<T[K], undefined> }
}

/** The value at a dotted path such as `data.output.status`. */
export const at = (from: unknown, path: string): unknown =>
  path.split('.').reduce((value: unknown, name) => (isFields(value) ? value[name] : undefined), from)

/** An object in a part; undefined if the field is anything else. */
export const partAt = (part: Part, name: string): Part | undefined => {
  const fields = part.fields[name]
  return isFields(fields) ? { fields, path: placeOf(part, name), dropped: part.dropped } : undefined
}

/** The first value that is not blank among these paths of a message. */
export const firstAt = ({ fields }: Pick<Part, 'fields'>, ...paths: readonly string[]): unknown =>
  paths.map((path) => at(fields, path)).find((value) => !isBlank(value))

/**
 * The objects in a list, as parts. Anything else in it is dropped; items beyond the first `max` are not
 * read.
 */
export const partsOf = ({ dropped }: Part, path: string, list: readonly unknown[], max: number): Part[] => {
  if (list.length > max) drop(dropped, `${path}[${max}]`)
  return list
    .slice(0, max)
    .flatMap((fields, n) =>
      isFields(fields)
        ? [{ fields, path: `${path}[${n}]`, dropped }]
        : (drop(dropped, `${path}[${n}]`) ?? []),
    )
}
