import { type Query, splitTarget } from '../iam/signature.ts'
import { refuse } from './refusal.ts'

/** The target of a request. `bucket` and `key` are empty if the request names none. */
export type Address = { bucket: string; key: string; query: Query }

const longestKeyBytes = 1024

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    throw refuse('InvalidURI', 'The specified URI could not be parsed.')
  }
}

/**
 * Reads bucket and key from a request: from the path, or with the bucket in the host name. Only the bucket
 * part of the path is interpreted; a key is text, so `a//b` and `../a` are valid keys. Throws refusals.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
export const readAddress = (host: string, url: string, buckets: readonly string[]): Address => {
  const target = splitTarget(url)
  if (!target?.path.startsWith('/')) throw refuse('InvalidURI', 'The specified URI could not be parsed.')
  const path = target.path.slice(1)
  const [inPath = '', rest = ''] = path.split(/\/(.*)/s)
  const inHost = buckets
    .filter((bucket) => host.startsWith(`${bucket}.`))
    .sort((one, other) => other.length - one.length)[0]
  const bucket = inHost ?? decode(inPath)
  const key = decode(inHost === undefined ? rest : path)
  if (Buffer.byteLength(key) > longestKeyBytes) throw refuse('KeyTooLongError', 'Your key is too long')
  return { bucket, key, query: target.query }
}

/** The single value of a query parameter; undefined if it is absent. A duplicate is refused. */
export const parameter = (query: Query, name: string): string | undefined => {
  const value = query[name]
  if (Array.isArray(value)) throw refuse('InvalidArgument', `${name} may appear only once.`)
  return value
}

/** A numeric query parameter between 0 and `largest`. */
export const countParameter = (query: Query, name: string, largest: number, missing: number): number => {
  const text = parameter(query, name)
  if (text === undefined) return missing
  if (!/^\d{1,10}$/.test(text)) throw refuse('InvalidArgument', `${name} must be a whole number.`)
  return Math.min(Number(text), largest)
}
