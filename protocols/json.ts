/**
 * What both protocols do alike with a device's message: parse its bytes, and read fields that may be missing
 * or odd. The rule for a field: blank is missing; what cannot be read is dropped, and its place noted. Only a
 * message without what it is about is refused.
 */

/** A JSON object of which nothing is known. */
export type Fields = { readonly [name: string]: unknown }

/** Whether a value is a JSON object. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The JSON in a payload; undefined if there is none. It ends at the first NUL, as a text in C does: no JSON
 * text holds one, and firmware sends a buffer with what is left in it. Malformed UTF-8 is replaced, not
 * refused: it may sit in a field that does not matter. A byte order mark is skipped.
 *
 * `verbatim` names fields in which a number is meant as a text: 1.10 is no 1.1 in a version.
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
 * Numbers under these names, as texts. Parsing with a function would tell what was written, too: but it takes
 * forty times as long for a message that is full of small values, and cannot follow every nesting.
 */
const asWritten = (text: string, parsed: unknown, names: ReadonlySet<string>): unknown => {
  // Within a text a quote is escaped, so that this fits whole names and nothing else.
  const numbers = new RegExp(
    `((?<!\\\\)"(?:${[...names].join('|')})"\\s{0,9}:\\s{0,9})(-?\\d[\\d.eE+-]*)`,
    'g',
  )
  const quoted = text.replace(numbers, '$1"$2"')
  return quoted === text ? parsed : JSON.parse(quoted)
}

/**
 * Whether a field says nothing: devices and the servers in front of them write that as null, or as an empty
 * text, too.
 */
export const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && trimmed(value) === '')

const isFiller = /^[\s\p{Cc}]$/u

/**
 * A text without the blanks, line ends and control characters around it. What is between them stays as it is.
 */
export const trimmed = (text: string): string => {
  // Not by a pattern: a long run of blanks in the middle would be walked once for each of its characters.
  let [from, to] = [0, text.length]
  while (from < to && isFiller.test(text.charAt(from))) from += 1
  while (to > from && isFiller.test(text.charAt(to - 1))) to -= 1
  return text.slice(from, to)
}

/** A text without what is around it, anything else as it is. */
export const bare = (value: unknown): unknown => (typeof value === 'string' ? trimmed(value) : value)

/** Part of a message, at its place in it; `dropped` gathers the places of fields that could not be read. */
export type Part = { fields: Fields; path: string; dropped: string[] }

/** A message drops no more places than these: it is counted, not listed. */
const mostDropped = 100

/** Notes that what is at a place could not be read. */
export const drop = (dropped: string[], path: string): undefined => {
  if (dropped.length < mostDropped) dropped.push(path)
}

/** What a reader's outcome says of what it dropped, if anything. */
export const noted = (dropped: readonly string[]): { dropped?: readonly string[] } =>
  dropped.length > 0 ? { dropped } : {}

/** The place of a field in a part. */
export const placeOf = ({ path }: Pick<Part, 'path'>, name: string): string =>
  path ? `${path}.${name}` : name

/** A field that may be missing. What `read` cannot make anything of is dropped. */
export const optional = <T>(
  part: Part,
  name: string,
  read: (value: unknown) => T | undefined,
): T | undefined => {
  const value = part.fields[name]
  if (isBlank(value)) return undefined
  return read(value) ?? drop(part.dropped, placeOf(part, name))
}

/** The fields that have a value: facts leave out what was missing. */
export const given = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } => {
  const present: Partial<T> = { ...fields }
  for (const name in present) if (present[name] === undefined) delete present[name]
  return present as { [K in keyof T]?: Exclude<T[K], undefined> }
}

/** The value at a dotted path such as `data.output.status`. */
export const at = (from: unknown, path: string): unknown =>
  path.split('.').reduce((value: unknown, name) => (isFields(value) ? value[name] : undefined), from)

/** An object in a part; nothing where something else stands. */
export const partAt = (part: Part, name: string): Part | undefined => {
  const fields = part.fields[name]
  return isFields(fields) ? { fields, path: placeOf(part, name), dropped: part.dropped } : undefined
}

/** The first of the places in a message where a value is that says something. */
export const firstAt = ({ fields }: Pick<Part, 'fields'>, ...paths: readonly string[]): unknown =>
  paths.map((path) => at(fields, path)).find((value) => !isBlank(value))

/**
 * The objects in a list, as parts. What else is in it is dropped, and what is beyond the first `most` unread.
 */
export const partsOf = ({ dropped }: Part, path: string, list: readonly unknown[], most: number): Part[] => {
  if (list.length > most) drop(dropped, `${path}[${most}]`)
  return list
    .slice(0, most)
    .flatMap((fields, n) =>
      isFields(fields)
        ? [{ fields, path: `${path}[${n}]`, dropped }]
        : (drop(dropped, `${path}[${n}]`) ?? []),
    )
}
