import { isIP } from 'node:net'
import { isPublicAddress } from './public-address.ts'

/** Checks the URL of a webhook. The addresses that its host resolves to are checked when sending. Pure. */

/** The longest URL that is accepted, as it is sent: in ASCII, with everything else percent-encoded. */
const longestUrl = 1_000

/** Host names that only exist in private networks. */
const privateNames = /(?:^|\.)(?:localhost|local|internal|intranet|private|corp|home|lan|home\.arpa)\.?$/

/** Refuses other well-known ports, which belong to services that are not webhook receivers. */
const isPortAllowed = (port: string): boolean => port === '' || port === '443' || Number(port) >= 1024

/**
 * The URL as it will be used, with an ASCII host name. Decimal, octal and hexadecimal hosts have become
 * addresses by then (https://url.spec.whatwg.org/#host-parsing). `loopback` allows http to this machine; only
 * for a backend that runs locally.
 */
export const targetOf = (text: string, { loopback = false } = {}): { url: URL } | { faults: string[] } => {
  if (!URL.canParse(text)) return { faults: ['must be an address like https://receiver.example/groundcrew'] }
  const url = new URL(text)
  const faults = faultsOf(url, loopback)
  return faults.length === 0 ? { url } : { faults }
}

/** Lists all faults at once. */
const faultsOf = (url: URL, loopback: boolean): string[] => [
  ...(url.href.length > longestUrl
    ? [`must have at most ${longestUrl} characters, where é counts as the six of %C3%A9`]
    : []),
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
  // A name of one label is one of a private network, also with the dot of the root behind it.
  const isPublic = /\../.test(host) && !privateNames.test(host)
  return isPublic ? undefined : 'must be a name of the public internet'
}

/** The host name; an IPv6 address without its brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '')

export const isLoopback = (url: URL): boolean =>
  ['http:', 'https:'].includes(url.protocol) && ['localhost', '127.0.0.1', '::1'].includes(hostOf(url))
