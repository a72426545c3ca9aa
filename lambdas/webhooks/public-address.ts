import ipaddr from 'ipaddr.js'

/**
 * Whether an address is on the public internet: not on this machine, in its network or one of a cloud's
 * internal services, in any notation. Pure.
 *
 * Of IPv6 only the allocated range `2000::/3` counts; the library excludes the ranges in it that lead
 * elsewhere, such as 6to4 and Teredo. Addresses that embed an IPv4 address are always refused: no receiver
 * needs them.
 * https://www.iana.org/assignments/iana-ipv6-special-registry/
 * https://www.iana.org/assignments/iana-ipv4-special-registry/
 */
export const isPublicAddress = (address: string): boolean => {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  return parsed.kind() === 'ipv4' || parsed.match(allocated)
}

const allocated = ipaddr.parseCIDR('2000::/3')
