import type { PutBytes, PutOutcome } from './send-file.ts'

/**
 * The outcome by storage's status: 403 for an expired link, other 4xx for bytes that no link would accept.
 */
const outcomeOf = (status: number): PutOutcome => {
  if (status >= 200 && status < 300) return 'stored'
  if (status === 403) return 'linkOver'
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? 'refused' : 'unreachable'
}

/**
 * Uploads bytes to a link; the browser reads them from disk while sending. Uses `XMLHttpRequest`, because
 * `fetch` does not report upload progress. @throws the abort reason of `signal`
 */
export const putBytes: PutBytes = ({ url, headers }, bytes, sent, signal) => {
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<PutOutcome>()
  const request = new XMLHttpRequest()
  const abort = () => request.abort()
  request.upload.addEventListener('progress', ({ loaded }) => sent(loaded))
  request.addEventListener('load', () => resolve(outcomeOf(request.status)))
  request.addEventListener('error', () => resolve('unreachable'))
  request.addEventListener('abort', () => reject(signal.reason))
  signal.addEventListener('abort', abort)
  request.open('PUT', url)
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
  request.send(bytes)
  return promise.finally(() => signal.removeEventListener('abort', abort))
}
