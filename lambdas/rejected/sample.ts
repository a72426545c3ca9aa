/**
 * A device's message as a person may see it: cut, readable, and without anything that looks like a secret.
 */

const maxCharacters = 1_000
const secret = /secret|token|password|passwd|credential|access_?key|authorization|signature/i
const hidden = '(removed)'

export const sampleOf = (payload: Buffer): string => {
  const text = payload.subarray(0, 64 * 1024).toString('utf8')
  try {
    // The second time for what stands in names.
    return cut(JSON.stringify(JSON.parse(text), withoutSecret).replaceAll(keyLike, hidden))
  } catch {
    return cut(withoutSecrets(text))
  }
}

const withoutSecret = (name: string, value: unknown): unknown => {
  if (secret.test(name)) return hidden
  return typeof value === 'string' ? withoutSecrets(value) : value
}

/**
 * Access key ids of AWS and Alibaba, tokens as MinIO's are, and texts as long and as random as keys and
 * tokens.
 */
const keyLike = /\b(?:ASIA|AKIA|STS\.|LTAI)[A-Za-z0-9.]{8,}|\beyJ[\w-]+(?:\.[\w-]+)*|[A-Za-z0-9+/=]{40,}/g

/** In a text there are no names to go by: whatever follows a suspicious word goes. */
const withoutSecrets = (text: string): string =>
  text.replace(new RegExp(`(${secret.source})[\\s\\S]*`, 'i'), `$1 ${hidden}`).replaceAll(keyLike, hidden)

/**
 * Characters that nobody sees, or that make a terminal or a log lie, as JSON escapes them. They may be the
 * very reason why a message was not understood. Those that JSON has escaped already stay so.
 */
const cut = (text: string): string => {
  const start = text.slice(0, maxCharacters).toWellFormed()
  const shown = start.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped)
  if (shown.length <= maxCharacters) return shown
  // No escape is shown in part.
  const end = shown.slice(0, maxCharacters)
  return end.replace(/\\(?:u[0-9a-f]{0,3})?$/, '').toWellFormed()
}

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
