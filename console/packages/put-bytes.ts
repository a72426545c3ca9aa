import type { PutBytes, PutOutcome } from './send-file.ts'

/** By what storage says: 403 where a link is over, 4xx where it takes these bytes by no link. */
const outcomeOf = (status: number): PutOutcome => {
  if (status >= 200 && status < 300) return 'stored'
  if (status === 403) return 'linkOver'
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? 'refused' : 'unreachable'
}

/**
 * Sends bytes to a link, which browsers read from the disk as they go. `XMLHttpRequest`, because `fetch` does
 * not tell how much has been sent. @throws what `signal` was aborted with
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
