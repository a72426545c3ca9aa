import type { IncomingMessage } from 'node:http'

/**
 * Whether the Host header names this machine's loopback address and our port. Refusing others keeps a web
 * page that a browser has open from reaching us through a name that it points at 127.0.0.1 (DNS rebinding).
 */
export const isLocalHost = ({ headers: { host }, socket: { localPort } }: IncomingMessage): boolean =>
  ['127.0.0.1', 'localhost', '[::1]'].some((name) => host === `${name}:${localPort}`)

const localOrigin = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/

/**
 * Whether a web page from elsewhere has the browser send this. A page may have any address asked that it
 * likes, ours too, and for a POST whose type is text no permission is asked first; without a token that would
 * be the local operator's. Browsers say where such a request comes from; other clients say nothing, and need
 * not.
 * https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Origin
 */
export const isFromAnotherSite = ({ headers: { origin } }: IncomingMessage): boolean =>
  origin !== undefined && !localOrigin.test(origin)
