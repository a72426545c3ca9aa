/** Shortens a record until it fits into an event, and lists what was cut. Pure. */

export type Shortened = { value: unknown; cut: readonly string[] }

/** A path into the record: property names and indexes, from the outside in. */
type Place = readonly (string | number)[]

type Part = { place: Place; length: number; bytes: number }

/**
 * The lengths up to which parts stay whole, by stage. First only lists and texts are cut, since callers
 * decide their length. Objects follow: they may be maps of any size, but may also be records whose fields
 * receivers rely on. The record itself comes last.
 */
type Least = { items: number; characters: number; fields: number; ofRecord: number }
const never = Number.POSITIVE_INFINITY
const stages: readonly Least[] = [
  { items: 1, characters: 200, fields: never, ofRecord: never },
  { items: 0, characters: 0, fields: 0, ofRecord: never },
  { items: 0, characters: 0, fields: 0, ofRecord: 0 },
]

/**
 * The record and the JSON pointers of what was cut, together at most `maxBytes` of JSON, which must be 6 or
 * more. Halves the largest part until everything fits, so that small parts stay whole.
 * https://www.rfc-editor.org/rfc/rfc6901
 */
export const shortened = (record: object, maxBytes: number): Shortened => {
  let value: unknown = JSON.parse(JSON.stringify(record))
  const cut = new Set<string>()
  while (sizeOf(value) + sizeOf([...cut]) > maxBytes) {
    const largest = largestOf(value)
    if (!largest) break
    const keep = Math.floor(largest.length / 2)
    value = replaced(value, largest.place, (part) => halved(part, keep))
    cut.add(pointerOf(largest.place))
    for (const pointer of cut) if (!isThere(value, pointer)) cut.delete(pointer)
  }
  return { value, cut: [...cut].sort() }
}

const largestOf = (value: unknown): Part | undefined => {
  for (const least of stages) {
    const largest = toBeCut(partsOf(value, [], least))
    if (largest) return largest
  }
  return undefined
}

/**
 * The largest part. If one part within it makes up more than half of it, that one instead, and so on inwards.
 */
const toBeCut = (parts: readonly Part[]): Part | undefined => {
  const bySize = parts.toSorted((one, other) => other.bytes - one.bytes)
  return bySize.reduce<Part | undefined>(
    (found, part) =>
      !found || (startsWith(part.place, found.place) && part.bytes > found.bytes / 2) ? part : found,
    undefined,
  )
}

const startsWith = (place: Place, outer: Place): boolean => outer.every((step, n) => place[n] === step)

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '')

const halved = (part: unknown, keep: number): unknown => {
  if (Array.isArray(part)) return part.slice(0, keep)
  if (typeof part === 'object' && part !== null)
    return Object.fromEntries(Object.entries(part).slice(0, keep))
  return String(part).slice(0, keep).toWellFormed()
}

/** All parts of a value that may be cut, at any depth. */
const partsOf = (value: unknown, place: Place, least: Least): Part[] => {
  const own = (length: number, shortest: number): Part[] =>
    length > shortest ? [{ place, length, bytes: sizeOf(value) }] : []
  if (typeof value === 'string') return own(value.length, least.characters)
  if (typeof value !== 'object' || value === null) return []
  const fields = Object.entries(value)
  const inner = fields.flatMap(([name, one]) =>
    partsOf(one, [...place, Array.isArray(value) ? Number(name) : name], least),
  )
  const shortest = Array.isArray(value) ? least.items : place.length > 0 ? least.fields : least.ofRecord
  return [...own(fields.length, shortest), ...inner]
}

const replaced = (value: unknown, [first, ...rest]: Place, by: (part: unknown) => unknown): unknown => {
  if (first === undefined) return by(value)
  if (Array.isArray(value)) return value.map((one, n) => (n === first ? replaced(one, rest, by) : one))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, name === first ? replaced(one, rest, by) : one]),
  )
}

const pointerOf = (place: Place): string =>
  place.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** Whether a part that was cut still exists, or was cut away together with its container. */
const isThere = (value: unknown, pointer: string): boolean =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (inner, step) =>
        typeof inner === 'object' && inner !== null && Object.hasOwn(inner, step)
          ? Object.entries(inner).find(([name]) => name === step)?.[1]
          : undefined,
      value,
    ) !== undefined
