import ipaddr from 'ipaddr.js'

/**
 * Whether an address is one of the public internet: nothing of this machine, its network or a cloud's own
 * services, in any way to write it. Pure.
 *
 * Of IPv6 only what is handed out to somebody counts, `2000::/3`; what is in there and leads elsewhere, as 6to4
 * and Teredo, the library knows. What embeds an IPv4 address is refused, whatever that is: no receiver needs it.
 * https://www.iana.org/assignments/iana-ipv6-special-registry/
 * https://www.iana.org/assignments/iana-ipv4-special-registry/
 */
export const isPublicAddress = (address: string): boolean => {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  return parsed.kind() === 'ipv4' || parsed.match(handedOut)
}

const handedOut = ipaddr.parseCIDR('2000::/3')
