import { isIP } from 'node:net'
import { isPublicAddress } from './public-address.ts'

/** Where a webhook may go, as far as its address says. Where its name leads is looked at when it is sent. Pure. */

/** Longer ones are no address of a receiver. */
const longestUrl = 1_000

/** Names that lead nowhere outside of a network, whoever answers for them. */
const privateNames = /(?:^|\.)(?:localhost|local|internal|intranet|private|corp|home|lan|home\.arpa)\.?$/

/** Other well-known ports belong to other services, which a receiver has no need to be. */
const isPortAllowed = (port: string): boolean => port === '' || port === '443' || Number(port) >= 1024

/**
 * The address as it will be used: host names in the letters that DNS has. Decimal, octal and hexadecimal hosts
 * are addresses by then (https://url.spec.whatwg.org/#host-parsing).
 * `loopback`: http to this machine will do; only where the backend runs on it.
 */
export const targetOf = (text: string, { loopback = false } = {}): { url: URL } | { faults: string[] } => {
  if (text.length > longestUrl) return { faults: [`must have at most ${longestUrl} characters`] }
  if (!URL.canParse(text)) return { faults: ['must be an address like https://receiver.example/groundcrew'] }
  const url = new URL(text)
  const faults = faultsOf(url, loopback)
  return faults.length === 0 ? { url } : { faults }
}

/** All of them, so that nobody has to ask once for each. */
const faultsOf = (url: URL, loopback: boolean): string[] => [
  ...(url.username || url.password ? ['must not hold a user name or a password'] : []),
  ...(url.href.includes('#') ? ['must not have a fragment'] : []),
  ...(loopback && isLoopback(url) ? [] : outsideFaults(url)),
]

const outsideFaults = (url: URL): string[] => {
  const host = hostFault(hostOf(url))
  return [
    ...(url.protocol === 'https:' ? [] : ['must begin with https://']),
    ...(isPortAllowed(url.port) ? [] : ['must have port 443, or one from 1024 on']),
    ...(host === undefined ? [] : [host]),
  ]
}

const hostFault = (host: string): string | undefined => {
  if (isIP(host)) return isPublicAddress(host) ? undefined : 'must not be an address of a private network'
  return host.includes('.') && !privateNames.test(host) ? undefined : 'must be a name of the public internet'
}

/** Without the brackets around an IPv6 address. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '')

export const isLoopback = (url: URL): boolean =>
  ['http:', 'https:'].includes(url.protocol) && ['localhost', '127.0.0.1', '::1'].includes(hostOf(url))
