import type { IncomingMessage } from 'node:http'

/**
 * Whether the Host header names this machine's loopback address and our port. Refusing others keeps a web
 * page that a browser has open from reaching us through a name that it points at 127.0.0.1 (DNS rebinding).
 */
export const isLocalHost = ({ headers: { host }, socket: { localPort } }: IncomingMessage): boolean =>
  ['127.0.0.1', 'localhost', '[::1]'].some((name) => host === `${name}:${localPort}`)

const localOrigin = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/

/**
 * Whether a web page of another site makes the browser send this request. A page can send requests to any
 * address, ours too, and a POST with a text type needs no CORS preflight; without a token it would act as the
 * local operator. Browsers send the origin of such a request; other clients need not.
 * https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Origin
 */
export const isFromAnotherSite = ({ headers: { origin } }: IncomingMessage): boolean =>
  origin !== undefined && !localOrigin.test(origin)
