import type { IncomingMessage } from 'node:http'

/**
 * Whether the Host header names this machine's loopback address and our port. Refusing others keeps a web page that a
 * browser has open from reaching us through a name that it points at 127.0.0.1 (DNS rebinding).
 */
export const isLocalHost = ({ headers: { host }, socket: { localPort } }: IncomingMessage): boolean =>
  ['127.0.0.1', 'localhost', '[::1]'].some((name) => host === `${name}:${localPort}`)
