/**
 * The login of Huawei IoTDA, as the edge port checks it with `--auth`. Client id: `{device id}_0_{sign
 * type}_{YYYYMMDDHH}`, in UTC. User name: the device id. Password: HMAC-SHA256(key = that time, message = the
 * device's secret) in lower-case hex.
 * https://support.huaweicloud.com/intl/en-us/api-iothub/iot_06_v5_3009.html (2025-06-24)
 *
 * With sign type 1 the time is compared with the clock, with 0 it is not. The page does not say how far they
 * may differ; here one hour either way is accepted. Device types other than 0 (a device that logs in for
 * others, or by its node id) are refused.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Credentials, EdgeLogin } from './edge.ts'
import { Refusal } from './refusal.ts'

const clientIdPattern = /^(?<deviceId>[A-Za-z0-9_-]{1,128})_0_(?<signType>[01])_(?<time>\d{10})$/

const hourMs = 3_600_000

const hourOf = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 13).replace(/[-T]/g, '')

const isNear = (time: string, now: number): boolean =>
  [-hourMs, 0, hourMs].some((difference) => hourOf(now + difference) === time)

const isPassword = (password: Buffer | undefined, secret: string, time: string): boolean => {
  const expected = Buffer.from(createHmac('sha256', time).update(secret).digest('hex'))
  return password?.length === expected.length && timingSafeEqual(password, expected)
}

/** Why these credentials are refused; undefined if they are accepted. */
const reasonAgainst = (
  { clientId, username, password }: Credentials,
  use: { secret: string; now: () => number },
): string | undefined => {
  const { deviceId, signType, time = '' } = clientIdPattern.exec(clientId)?.groups ?? {}
  if (deviceId === undefined) return 'its client id is not {device id}_0_{0 or 1}_{YYYYMMDDHH}'
  if (username !== deviceId) return 'its user name is not the device id in its client id'
  if (signType === '1' && !isNear(time, use.now()))
    return `the time in its client id is not within an hour of ${hourOf(use.now())}`
  if (!isPassword(password, use.secret, time))
    return 'its password is not made of the device secret and the time in its client id'
  return undefined
}

/** The secret of every device of a local stack; the same at every start over the same data. */
export const deviceSecretOf = (dataSecret: string): string =>
  createHmac('sha256', dataSecret).update('the secret of every device').digest('hex').slice(0, 32)

/**
 * Accepts devices that log in as at IoTDA, each on its own topics only. User name and device id must be
 * equal, so the name proves whose topics they are. No refusal reveals a password. `now` is in epoch
 * milliseconds.
 */
export const iotdaLogin = (use: { secret: string; now: () => number }): EdgeLogin => ({
  refusal: (credentials) => {
    const reason = reasonAgainst(credentials, use)
    return reason === undefined
      ? undefined
      : new Refusal('notAuthorized', reason, 'docs/edge.md has how a device logs in.')
  },
  authorize: ({ username, topic }) => topic === undefined || topic.startsWith(`oc/devices/${username}/`),
})
