import { createHash, createHmac } from 'node:crypto'
import { packageFolder } from '../storage/package-key.ts'

/**
 * Links that are opened with a token. The path contains all that the token vouches for: the signing key, the
 * expiry, the device, and the file with its version. The token is the path's signature, so it is short, and
 * any change in the path needs another token.
 *
 * Some devices hold the whole head of a request in 500 bytes, including link and token, and do not support a
 * query (https://github.com/huaweicloud/huaweicloud-iot-device-sdk-c, `HTTP_HEADER_LENGTH`). So the path has
 * only a short mark of the device's id. Pure.
 */

/** A key of ours; `id` is its name where tokens are checked. */
export type TokenKey = { id: string; secret: string }

/** Twelve characters by which the log of downloads can be matched with devices. */
const deviceMark = (deviceId: string): string =>
  createHash('sha256').update(deviceId).digest('base64url').slice(0, 12)

/** `expiresAt` is epoch ms, but checked in whole seconds. */
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
