/** Our messages to a device. Pure: the same request always gives the same message. */
import type { DeviceMessage } from '../message.ts'
import { writeEventTime } from './event-time.ts'
import type { TimeRequest } from './facts.ts'
import { eventTypes, otaService, timeService, topicsOf } from './topics.ts'

/**
 * Asks a device for its versions; it answers with a `VersionReport`. Asking twice is harmless. A device
 * behind a gateway is asked through `gatewayId`, the connected gateway. `sentAt` is epoch milliseconds.
 *
 * https://support.huaweicloud.com/intl/en-us/api-iothub/iot_06_v5_3028.html, 2024-12-02: a device that is
 * connected itself is named in the payload as in the topic. The fields for upgrades of many devices behind
 * one gateway are omitted: they name a task of IoTDA.
 */
export const versionQuery = (
  deviceId: string,
  { sentAt, gatewayId = deviceId }: { sentAt: number; gatewayId?: string | undefined },
): DeviceMessage =>
  event(deviceId, { gatewayId, sentAt, service: otaService, type: eventTypes.versionQuery, paras: {} })

/** A package as offered to a device. `size` in bytes, `sha256` in lower-case hex. */
export type Offer = {
  package: 'firmware' | 'software'
  version: string
  /** Valid for `linkSeconds`; needs no header of ours unless there is a `token`. */
  url: string
  /** What the device has to send with the request. */
  token?: string | undefined
  linkSeconds: number
  fileName: string
  size: number
  sha256: string
  customInfo?: string | undefined
}

/**
 * Whether an SDK, by its name, needs an explicit port in a URL. The SDK in C does:
 * https://github.com/huaweicloud/huaweicloud-iot-device-sdk-c, `src/agentlite/iota_datatrans.c`.
 */
export const needsPort = (sdk: string | undefined): boolean => sdk?.startsWith('C_') ?? false

/**
 * Tells a device to download and install a package; it answers with upgrade reports. Without a token it is
 * the message for packages in storage. With one it is the older message, for which SDKs send the token as an
 * `Authorization` header: S3 refuses that together with a presigned link.
 *
 * https://support.huaweicloud.com/intl/en-us/api-iothub/iot_06_v5_3030.html. A device that has the package
 * already, or is installing it, may take the same offer again for a new one: do not repeat it without need.
 */
export const upgradeOffer = (
  deviceId: string,
  { sentAt, gatewayId = deviceId, offer }: { sentAt: number; gatewayId?: string | undefined; offer: Offer },
): DeviceMessage =>
  event(deviceId, {
    gatewayId,
    sentAt,
    service: otaService,
    type: offerType(offer),
    paras: {
      version: offer.version,
      url: offer.url,
      file_size: offer.size,
      file_name: offer.fileName,
      access_token: offer.token,
      expires: offer.linkSeconds,
      sign: offer.sha256,
      custom_info: offer.customInfo,
    },
  })

const offerType = ({ package: kind, token }: Offer): string => {
  if (token === undefined) return kind === 'firmware' ? eventTypes.firmwareOffer : eventTypes.softwareOffer
  return kind === 'firmware' ? eventTypes.olderFirmwareOffer : eventTypes.olderSoftwareOffer
}

/**
 * Tells a device the time. It computes its clock's error from four times, the last of which is when it
 * receives this; how long we took does not matter. `receivedAt` and `sentAt` are epoch milliseconds.
 * Answering twice is harmless.
 *
 * https://support.huaweicloud.com/intl/en-us/api-iothub/iot_06_v5_3041.html, 2024-12-02
 */
export const timeResponse = (
  deviceId: string,
  {
    request,
    receivedAt,
    sentAt,
    gatewayId = deviceId,
  }: { request: TimeRequest; receivedAt: number; sentAt: number; gatewayId?: string },
): DeviceMessage =>
  event(deviceId, {
    gatewayId,
    sentAt,
    service: timeService,
    type: eventTypes.timeResponse,
    paras: {
      device_send_time: request.deviceSentAt,
      server_recv_time: receivedAt,
      server_send_time: sentAt,
    },
  })

type Event = { gatewayId: string; sentAt: number; service: string; type: string; paras: object }

const event = (deviceId: string, { gatewayId, sentAt, service, type, paras }: Event): DeviceMessage => ({
  topic: topicsOf(gatewayId).requests,
  payload: JSON.stringify({
    object_device_id: deviceId,
    services: [{ service_id: service, event_type: type, event_time: writeEventTime(sentAt), paras }],
  }),
})
