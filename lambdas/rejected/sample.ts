/**
 * A device's message as a person may see it: cut, readable, and without anything that could be a secret.
 */
import { invisible } from '../../protocols/invisible.ts'
import { hidden, namesSecret, withoutRandom } from './secrets.ts'

const maxCharacters = 1_000

export const sampleOf = (payload: Buffer): string => {
  const text = payload.toString('utf8')
  const message = parsed(text)
  if (message) return cut(JSON.stringify(shown(message.value, speaksOfSecret(message.value))))
  // In a text there are no names to go by: a secret may stand before the word for it, or after.
  return cut(namesSecret(text) ? hidden : withoutRandom(text))
}

const parsed = (text: string): { value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** No message of a protocol is nested as deeply. What is within is not shown. */
const deepest = 50

/**
 * Whether any value speaks of a secret, as in `{"name": "password", "value": "x"}` or in JSON within a text:
 * which other value is the secret cannot be known then, so that none is shown.
 */
const speaksOfSecret = (value: unknown, depth = 0): boolean => {
  if (typeof value === 'string') return namesSecret(value)
  if (typeof value !== 'object' || value === null) return false
  return depth >= deepest || Object.values(value).some((one) => speaksOfSecret(one, depth + 1))
}

/** A list as long as this of single values may be a key, byte for byte. */
const longList = 16

const shown = (value: unknown, nothing: boolean, depth = 0): unknown => {
  if (depth >= deepest) return hidden
  if (Array.isArray(value)) {
    const isLong = value.length >= longList && value.every((one) => typeof one !== 'object')
    return isLong ? hidden : value.map((one) => shown(one, nothing, depth + 1))
  }
  if (typeof value === 'object' && value !== null) return shownFields(Object.entries(value), nothing, depth)
  if (nothing) return hidden
  return typeof value === 'string' ? withoutRandom(value) : value
}

const shownFields = (fields: [string, unknown][], nothing: boolean, depth: number): unknown => {
  // `{"secret": true, "value": "x"}` means another field.
  const isMarked = fields.some(([name, value]) => typeof value === 'boolean' && namesSecret(name))
  const shownField = ([name, value]: [string, unknown]) => {
    const isSecret = namesSecret(name)
    // A name of ours has letters alone; another may hold the secret itself.
    const isPlain = /^[A-Za-z_-]{1,40}$/.test(name) || !(isSecret || nothing)
    return [
      isPlain ? withoutRandom(name) : hidden,
      isSecret ? hidden : shown(value, nothing || isMarked, depth + 1),
    ]
  }
  return Object.fromEntries(fields.map(shownField))
}

/**
 * Characters that nobody sees, or that make a terminal or a log lie, as JSON escapes them. They may be the
 * very reason why a message was not understood. Those that JSON has escaped already stay so.
 */
const cut = (text: string): string => {
  const start = text.slice(0, maxCharacters).toWellFormed()
  const shown = start.replaceAll(unseen, escaped)
  if (shown.length <= maxCharacters) return shown
  // No escape is shown in part.
  const end = shown.slice(0, maxCharacters)
  return end.replace(/\\(?:u[0-9a-f]{0,3})?$/, '').toWellFormed()
}

const unseen = new RegExp(`[${invisible}]`, 'gu')

const escaped = (character: string): string => {
  const short = shortEscapes.get(character)
  if (short) return short
  const units = Array.from({ length: character.length }, (_, n) => character.charCodeAt(n))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])
