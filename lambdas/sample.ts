/** A device's message as a person may see it: cut, readable, and without anything that looks like a secret. */

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

/** Access key ids of AWS and Alibaba, tokens as MinIO's are, and texts as long and as random as keys and tokens. */
const keyLike = /\b(?:ASIA|AKIA|STS\.|LTAI)[A-Za-z0-9.]{8,}|\beyJ[\w-]+(?:\.[\w-]+)*|[A-Za-z0-9+/=]{40,}/g

/** In a text there are no names to go by: whatever follows a suspicious word goes. */
const withoutSecrets = (text: string): string =>
  text.replace(new RegExp(`(${secret.source})[\\s\\S]*`, 'i'), `$1 ${hidden}`).replaceAll(keyLike, hidden)

/** Control characters would make a terminal or a log lie. */
const cut = (text: string): string =>
  text
    .replaceAll(/\p{Cc}/gu, ' ')
    .slice(0, maxCharacters)
    .toWellFormed()
