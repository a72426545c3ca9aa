/**
 * Errors of the operating system, the network or a server, as a sentence for the user of a command. Our own
 * bugs have no sentence: there the stack trace helps.
 */

type SystemError = Error & {
  code: string
  path?: unknown
  address?: unknown
  port?: unknown
  hostname?: unknown
}

const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'

const placeOf = ({ address, port, hostname }: SystemError): string =>
  [hostname ?? address, port].filter((part) => part !== undefined).join(':') || 'that address'

const onDisk: Record<string, string> = {
  EACCES: 'may not be used by this user',
  EPERM: 'may not be used by this user',
  EROFS: 'is on a disk that takes no writes',
  ENOSPC: 'does not fit: the disk is full',
  EDQUOT: 'does not fit: the quota of this user is used up',
  ENOENT: 'does not exist and cannot be made',
  ENOTDIR: 'is below something that is no directory',
  EEXIST: 'is no directory',
  EISDIR: 'is a directory, where a file is needed',
  ELOOP: 'is a link to itself',
  ENAMETOOLONG: 'is too long a name',
}

const onTheWay: Record<string, (error: SystemError) => string> = {
  ECONNREFUSED: (error) => `nothing listens at ${placeOf(error)}`,
  ENOTFOUND: (error) => `there is no host ${placeOf(error)}`,
  EAI_AGAIN: (error) => `the name ${placeOf(error)} could not be looked up: is there a network?`,
  EHOSTUNREACH: (error) => `no way leads to ${placeOf(error)}`,
  ENETUNREACH: (error) => `no way leads to ${placeOf(error)}`,
  ETIMEDOUT: (error) => `${placeOf(error)} does not answer`,
  UND_ERR_CONNECT_TIMEOUT: () => 'it does not answer',
  ECONNRESET: () => 'the other side closed the connection: it may speak another protocol',
  UND_ERR_SOCKET: () => 'the other side closed the connection: it may speak another protocol',
  EPIPE: () => 'the other side closed the connection: it may speak another protocol',
  EPROTO: () => 'it does not speak TLS',
}

const isOfTls = (code: string): boolean => /^ERR_SSL_|^ERR_TLS_|^CERT_|_CERT|^UNABLE_TO_/.test(code)

/** The cause of "fetch failed" and similar errors, and the first of several tries. */
const meant = (error: unknown): unknown => {
  if (error instanceof AggregateError && error.errors.length > 0) return meant(error.errors[0])
  return error instanceof Error && error.cause instanceof Error ? meant(error.cause) : error
}

/** The sentence, without a full stop; undefined if the error is neither of the system nor of the network. */
export const faultInWords = (thrown: unknown): string | undefined => {
  const error = meant(thrown)
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'it does not answer in time'
  if (!isSystemError(error)) return undefined
  const { code, path } = error
  const text = onDisk[code]
  if (text && typeof path === 'string') return `${path} ${text}`
  if (Object.hasOwn(onTheWay, code)) return onTheWay[code]?.(error)
  if (code.startsWith('ERR_SSL_')) return 'it does not speak TLS'
  return isOfTls(code) ? `its certificate is not trusted: ${error.message}` : undefined
}

/** Any thrown value, in one line. */
export const inOneLine = (thrown: unknown): string => {
  const error = meant(thrown)
  const text = error instanceof Error ? error.message || error.name : String(error)
  return faultInWords(error) ?? text.split('\n')[0] ?? ''
}
