/** Makes a record fit into an event: the longest lists and texts in it are cut, and where is told. Pure. */

export type Shortened = { value: unknown; cut: readonly string[] }

/** A place in the record: names and numbers, from the outside in. */
type Place = readonly (string | number)[]

type Part = { place: Place; length: number; bytes: number }

/** What is shorter than this is not worth to be cut. */
const least = { items: 1, characters: 200 }

/**
 * The record in at most so many bytes of JSON, and the places that were cut, as JSON pointers. Always half is
 * left of what is largest, so that what is small stays whole.
 * https://www.rfc-editor.org/rfc/rfc6901
 */
export const shortened = (record: object, mostBytes: number): Shortened => {
  let value: unknown = JSON.parse(JSON.stringify(record))
  const cut = new Set<string>()
  while (sizeOf(value) > mostBytes) {
    const largest = toBeCut(partsOf(value, []))
    if (!largest) break
    const keep = Math.floor(largest.length / 2)
    value = replaced(value, largest.place, (part) => halved(part, keep))
    for (const pointer of cut) if (isIn(pointer, largest.place, keep)) cut.delete(pointer)
    cut.add(pointerOf(largest.place))
  }
  return { value, cut: [...cut].sort() }
}

/** The largest; where most of that is in a part of its own, the innermost of these. */
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

const halved = (part: unknown, keep: number): unknown =>
  Array.isArray(part) ? part.slice(0, keep) : String(part).slice(0, keep).toWellFormed()

/** The lists and texts that can be cut. */
const partsOf = (value: unknown, place: Place): Part[] => {
  if (typeof value === 'string')
    return value.length > least.characters ? [{ place, length: value.length, bytes: sizeOf(value) }] : []
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.entries(value).flatMap(([name, one]) =>
    partsOf(one, [...place, Array.isArray(value) ? Number(name) : name]),
  )
  return Array.isArray(value) && value.length > least.items
    ? [{ place, length: value.length, bytes: sizeOf(value) }, ...inner]
    : inner
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

/** Whether a place that was cut before has gone with the items behind the first `keep`. */
const isIn = (pointer: string, list: Place, keep: number): boolean => {
  const prefix = `${pointerOf(list)}/`
  return pointer.startsWith(prefix) && Number(pointer.slice(prefix.length).split('/')[0]) >= keep
}
