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
export const targetOf = (text: string, { loopback = false } = {}): { url: URL } | { fault: string } => {
  if (text.length > longestUrl) return { fault: `must have at most ${longestUrl} characters` }
  if (!URL.canParse(text)) return { fault: 'must be an address like https://receiver.example/groundcrew' }
  const url = new URL(text)
  const fault = faultOf(url, loopback)
  return fault === undefined ? { url } : { fault }
}

const faultOf = (url: URL, loopback: boolean): string | undefined => {
  if (url.username || url.password) return 'must not hold a user name or a password'
  if (url.href.includes('#')) return 'must not have a fragment'
  if (loopback && isLoopback(url)) return undefined
  if (url.protocol !== 'https:') return 'must begin with https://'
  if (!isPortAllowed(url.port)) return 'must have port 443, or one from 1024 on'
  const host = hostOf(url)
  if (isIP(host)) return isPublicAddress(host) ? undefined : 'must not be an address of a private network'
  if (!host.includes('.') || privateNames.test(host)) return 'must be a name of the public internet'
  return undefined
}

/** Without the brackets around an IPv6 address. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '')

export const isLoopback = (url: URL): boolean =>
  ['http:', 'https:'].includes(url.protocol) && ['localhost', '127.0.0.1', '::1'].includes(hostOf(url))
