/**
 * What the first bytes of a connection show: the protocol level, that more bytes are needed, or that they are
 * no CONNECT.
 */
export type Level = number | 'more' | 'none'

const connectHeader = 0x10

/** Reads up to the level and consumes nothing, so that the packet can still be parsed from its start. */
export const protocolLevelOf = (bytes: Buffer): Level => {
  if (bytes.length === 0) return 'more'
  if (bytes[0] !== connectHeader) return 'none'
  // The remaining length has one to four bytes; the highest bit says that another follows.
  const lastOfLength = bytes.subarray(1, 5).findIndex((byte) => byte < 0x80)
  if (lastOfLength === -1) return bytes.length < 5 ? 'more' : 'none'
  const name = 1 + lastOfLength + 1
  if (bytes.length < name + 2) return 'more'
  return bytes[name + 2 + bytes.readUInt16BE(name)] ?? 'more'
}
