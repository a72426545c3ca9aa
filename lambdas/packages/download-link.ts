import { createHash, createHmac } from 'node:crypto'
import { packageFolder } from '../storage/package-key.ts'

/**
 * Links that are opened with a token. The path says all that the token vouches for: which key signed it, until
 * when, for which device, and the file in its version. The token is its signature, so it is short; a change
 * anywhere in the path makes it another's.
 *
 * Some devices keep the whole head of their request in 500 bytes, the link and the token among it, and know no
 * query (https://github.com/huaweicloud/huaweicloud-iot-device-sdk-c, `HTTP_HEADER_LENGTH`). So the device is
 * a short mark of its id. Pure.
 */

/** A key of our own; `id` is how it is called where tokens are checked. */
export type TokenKey = { id: string; secret: string }

/** Twelve characters by which the log of downloads can be compared with the devices that are known. */
const deviceMark = (deviceId: string): string =>
  createHash('sha256').update(deviceId).digest('base64url').slice(0, 12)

/** `expiresAt` is epoch ms; what is checked is the second. */
export const downloadLink = (
  { origin, key }: { origin: string; key: TokenKey },
  {
    file,
    deviceId,
    expiresAt,
  }: { file: { key: string; version: string }; deviceId: string; expiresAt: number },
): { url: string; token: string } => {
  const path = [
    '',
    key.id,
    Math.floor(expiresAt / 1000).toString(36),
    deviceMark(deviceId),
    encodeURIComponent(file.version),
    file.key.slice(packageFolder.length + 1),
  ].join('/')
  return { url: `${origin}${path}`, token: createHmac('sha256', key.secret).update(path).digest('base64url') }
}
