/**
 * A device's message as a person may see it: shortened, readable, and without anything that could be a
 * secret.
 */
import { invisible } from '../../protocols/invisible.ts'
import { hidden, namesSecret, withoutRandom } from './secrets.ts'

const maxCharacters = 1_000

export const sampleOf = (payload: Buffer): string => {
  const text = payload.toString('utf8')
  const message = parsed(text)
  if (message) return cut(JSON.stringify(shown(message.value, speaksOfSecret(message.value))))
  // A text has no field names: a secret may stand before or after the word for it.
  return cut(namesSecret(text) ? hidden : withoutRandom(text))
}

const parsed = (text: string): { value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** No protocol's messages are nested this deeply. Anything deeper is hidden. */
const deepest = 50

/**
 * Whether any value mentions a secret, as in `{"name": "password", "value": "x"}`, or in JSON within a
 * string: then any other value may be the secret, so that none is shown.
 */
const speaksOfSecret = (value: unknown, depth = 0): boolean => {
  if (typeof value === 'string') return namesSecret(value)
  if (typeof value !== 'object' || value === null) return false
  return depth >= deepest || Object.values(value).some((one) => speaksOfSecret(one, depth + 1))
}

/** A list of at least this many single values may be a key, byte by byte. */
const longList = 16

const shown = (value: unknown, hideAll: boolean, depth = 0): unknown => {
  if (depth >= deepest) return hidden
  if (Array.isArray(value)) {
    const isLong = value.length >= longList && value.every((one) => typeof one !== 'object')
    return isLong ? hidden : value.map((one) => shown(one, hideAll, depth + 1))
  }
  if (typeof value === 'object' && value !== null) return shownFields(Object.entries(value), hideAll, depth)
  if (hideAll) return hidden
  return typeof value === 'string' ? withoutRandom(value) : value
}

const shownFields = (fields: [string, unknown][], hideAll: boolean, depth: number): unknown => {
  // In `{"secret": true, "value": "x"}` the secret is another field.
  const isMarked = fields.some(([name, value]) => typeof value === 'boolean' && namesSecret(name))
  const shownField = ([name, value]: [string, unknown]) => {
    const isSecret = namesSecret(name)
    // Protocols' field names have only letters; another name may itself hold the secret.
    const isPlain = /^[A-Za-z_-]{1,40}$/.test(name) || !(isSecret || hideAll)
    return [
      isPlain ? withoutRandom(name) : hidden,
      isSecret ? hidden : shown(value, hideAll || isMarked, depth + 1),
    ]
  }
  return Object.fromEntries(fields.map(shownField))
}

/**
 * Escapes invisible characters, and those that make a terminal or a log misleading, as JSON does. They may be
 * the very reason why a message was not understood. What JSON has escaped already stays so.
 */
const cut = (text: string): string => {
  const start = text.slice(0, maxCharacters).toWellFormed()
  const shown = start.replaceAll(unseen, escaped)
  if (shown.length <= maxCharacters) return shown
  // An escape is not cut in two.
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
