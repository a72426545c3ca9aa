import { lookup as systemLookup } from 'node:dns/promises'
import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http'
import { Agent, request as secureRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { OwnError } from '../runtime/own-error.ts'
import { type Failure, type FailureReason, type Outcome, outcomeOf } from './outcome.ts'
import { isPublicAddress } from './public-address.ts'
import { retryAfterMs } from './schedule.ts'
import { hostOf, isLoopback, targetOf } from './target.ts'

/** Sends one delivery once. Never throws: every failure is an outcome. */
export type Post = (
  delivery: { url: string; headers: Readonly<Record<string, string>>; body: string },
  now: number,
) => Promise<Outcome>

type Address = { address: string; family: number }

type Needs = {
  /** @default the system's resolver */
  resolve?: (host: string) => Promise<readonly Address[]>
  isAllowed?: (address: string) => boolean
  /** Allows http and https to this machine; only for a backend that runs locally. */
  loopback?: boolean
  /** Milliseconds until the connection is established, and until the response headers are there. */
  limits?: { connect: number; whole: number }
  /** Trusted certificate authorities. @default those of Node */
  ca?: string
}

/**
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#request-timeouts
 */
const usualLimits = { connect: 5_000, whole: 15_000 }

/**
 * Limits of a response. Its status decides; the body is read only to end the connection cleanly, up to these.
 */
const maxBytes = 64 * 1024
const maxHeaderBytes = 16 * 1024
const bodyMs = 1_000

class AddressRefused extends OwnError {}
class TookTooLong extends OwnError {}

export const poster = ({
  resolve = (host) => systemLookup(host, { all: true }),
  isAllowed = isPublicAddress,
  loopback = false,
  limits = usualLimits,
  ca,
}: Needs = {}): Post => {
  // Each connection is used once: a kept one could outlive the DNS record of its host. No proxy is used.
  const agent = new Agent({ keepAlive: false, rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) })

  return async ({ url: text, headers, body }, now) => {
    const target = targetOf(text, { loopback })
    if ('faults' in target) return failed('addressRefused')
    const { url } = target
    const mayGoTo = (address: string): boolean =>
      isAllowed(address) || (loopback && isLoopback(url) && ['127.0.0.1', '::1'].includes(address))
    const host = hostOf(url)
    if (isIP(host) && !mayGoTo(host)) return failed('addressRefused')
    const options = {
      method: 'POST',
      lookup: checkedLookup(resolve, mayGoTo),
      maxHeaderSize: maxHeaderBytes,
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        'user-agent': 'Groundcrew-Webhooks/1',
      },
    }
    const request =
      url.protocol === 'http:' ? plainRequest(url, options) : secureRequest(url, { ...options, agent })
    return answerTo(request, { body, limits, mayGoTo, now })
  }
}

/**
 * Checks the resolved addresses in the lookup of the connection itself: between a separate check and the
 * connection, DNS could change. A single refused address refuses the whole name.
 */
const checkedLookup =
  (resolve: NonNullable<Needs['resolve']>, mayGoTo: (address: string) => boolean): LookupFunction =>
  (host, options, callback) => {
    resolve(host).then(
      (found) => {
        const [first] = found
        if (!first || !found.every(({ address }) => mayGoTo(address)))
          return callback(new AddressRefused('Not of the public internet'), '', 0)
        if (options.all) return callback(null, [...found])
        return callback(null, first.address, first.family)
      },
      (error) => callback(error, '', 0),
    )
  }

type Sending = {
  body: string
  limits: { connect: number; whole: number }
  mayGoTo: (address: string) => boolean
  now: number
}

const answerTo = (request: ClientRequest, { body, limits, mayGoTo, now }: Sending): Promise<Outcome> =>
  new Promise((resolve) => {
    const tooLong = () => request.destroy(new TookTooLong('No answer in time'))
    const connecting = setTimeout(tooLong, limits.connect)
    const whole = setTimeout(tooLong, limits.whole)
    const end = (outcome: Outcome) => {
      clearTimeout(connecting)
      clearTimeout(whole)
      resolve(outcome)
    }
    request.on('socket', (socket) => {
      const isSecure = 'encrypted' in socket
      socket.once('connect', () => {
        // Literal addresses are not looked up, so they are checked here.
        if (!mayGoTo(socket.remoteAddress ?? ''))
          request.destroy(new AddressRefused('Not of the public internet'))
        if (!isSecure) clearTimeout(connecting)
      })
      socket.once('secureConnect', () => clearTimeout(connecting))
    })
    request.on('error', (error) => end(failed(reasonOf(error))))
    let isAnswered = false
    // Closed without an error or a response: the server tried to switch protocols.
    request.on('close', () => isAnswered || end(failed('badAnswer')))
    request.on('response', (answer) => {
      isAnswered = true
      clearTimeout(whole)
      const { statusCode = 0 } = answer
      const outcome = outcomeOf(statusCode, retryAfterMs(answer.headers['retry-after'], now))
      void drained(answer, request).then(() => end(outcome))
    })
    request.end(body)
  })

/** Reads the rest of a response, within limits, and discards it. */
const drained = (answer: IncomingMessage, request: ClientRequest): Promise<void> =>
  new Promise((resolve) => {
    let bytes = 0
    const stop = () => {
      clearTimeout(timer)
      request.destroy()
      resolve()
    }
    const timer = setTimeout(stop, bodyMs)
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > maxBytes) stop()
    })
    answer.on('error', stop)
    answer.on('close', stop)
  })

const failed = (reason: FailureReason): Failure => ({ ok: false, reason })

/** https://nodejs.org/api/errors.html#nodejs-error-codes */
const reasonOf = (error: Error): FailureReason => {
  if (error instanceof AddressRefused) return 'addressRefused'
  if (error instanceof TookTooLong) return 'timedOut'
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'ENODATA') return 'nameNotFound'
  if (code.startsWith('HPE_')) return 'badAnswer'
  if (/CERT|SIGNATURE|ISSUER|ERR_TLS|CRL/.test(code)) return 'certificateRefused'
  return 'notConnected'
}
