import { createHmac } from 'node:crypto'

/** The credentials of an MQTT client. */
export type Login = { clientId: string; username?: string; password?: string }

/**
 * A device's login at IoTDA: the hour in UTC is the HMAC's key, the secret its message. With `signType` 1 the
 * platform compares the hour with its own, with 0 it does not. `now` is in epoch milliseconds.
 * https://support.huaweicloud.com/intl/en-us/api-iothub/iot_06_v5_3009.html, 2025-06-24
 */
export const iotdaLogin = (
  { deviceId, secret, signType = 0 }: { deviceId: string; secret: string; signType?: 0 | 1 },
  now: number,
): Required<Login> => {
  const hour = new Date(now).toISOString().slice(0, 13).replaceAll(/[-T]/g, '')
  return {
    clientId: `${deviceId}_0_${signType}_${hour}`,
    username: deviceId,
    password: createHmac('sha256', hour).update(secret).digest('hex'),
  }
}
