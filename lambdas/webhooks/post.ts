import { lookup as systemLookup } from 'node:dns/promises'
import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http'
import { Agent, request as secureRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { OwnError } from '../runtime/own-error.ts'
import { type Failure, type FailureReason, type Outcome, outcomeOf } from './outcome.ts'
import { isPublicAddress } from './public-address.ts'
import { retryAfterMs } from './schedule.ts'
import { hostOf, isLoopback, targetOf } from './target.ts'

/** Sends one delivery once. What comes of it is an outcome; it never throws. */
export type Post = (
  delivery: { url: string; headers: Readonly<Record<string, string>>; body: string },
  now: number,
) => Promise<Outcome>

type Address = { address: string; family: number }

type Needs = {
  /** The system's, unless a test has one. */
  resolve?: (host: string) => Promise<readonly Address[]>
  isAllowed?: (address: string) => boolean
  /** http and https to this machine will do: only where the backend runs on it. */
  loopback?: boolean
  /** Milliseconds until the connection stands, and until the head of the answer is there. */
  limits?: { connect: number; whole: number }
  /** Whom to trust; by default those that Node does. */
  ca?: string
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#request-timeouts */
const usualLimits = { connect: 5_000, whole: 15_000 }

/** Of an answer. Its head decides; the body is heard to its end out of politeness, up to these. */
const mostBytes = 64 * 1024
const mostHeaderBytes = 16 * 1024
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
  // A connection is used once: one that is kept could outlive what its name leads to. It asks no proxy.
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
      maxHeaderSize: mostHeaderBytes,
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
 * What a name leads to is looked at by whoever connects there: between a check and a connection it could change.
 * One address that is refused refuses the name.
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
        // What is no name is not looked up.
        if (!mayGoTo(socket.remoteAddress ?? ''))
          request.destroy(new AddressRefused('Not of the public internet'))
        if (!isSecure) clearTimeout(connecting)
      })
      socket.once('secureConnect', () => clearTimeout(connecting))
    })
    request.on('error', (error) => end(failed(reasonOf(error))))
    let isAnswered = false
    // Without an error and an answer: it wants to speak another protocol.
    request.on('close', () => isAnswered || end(failed('badAnswer')))
    request.on('response', (answer) => {
      isAnswered = true
      clearTimeout(whole)
      const { statusCode = 0 } = answer
      const outcome = outcomeOf(statusCode, retryAfterMs(answer.headers['retry-after'], now))
      void heard(answer, request).then(() => end(outcome))
    })
    request.end(body)
  })

/** Hears the rest of an answer, as far as anybody would. What it says is kept nowhere. */
const heard = (answer: IncomingMessage, request: ClientRequest): Promise<void> =>
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
      if (bytes > mostBytes) stop()
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
