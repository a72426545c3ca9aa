/** What we say to a device. Pure: the same request always gives the same message. */
import type { DeviceMessage } from '../message.ts'
import { writeEventTime } from './event-time.ts'
import type { TimeRequest } from './facts.ts'
import { eventTypes, otaService, timeService, topicsOf } from './topics.ts'

/**
 * Asks a device which versions it runs; it answers with a `VersionReport`. Asking twice does no harm. A
 * device behind a gateway is asked through the gateway that is connected, `gatewayId`. `sentAt` is epoch
 * milliseconds.
 *
 * https://support.huaweicloud.com/intl/en-us/api-iothub/iot_06_v5_3028.html, 2024-12-02: a device that is
 * connected itself is named in the payload as in the topic. The fields for upgrades of many devices behind
 * one gateway are left out: they name a task of IoTDA.
 */
export const versionQuery = (
  deviceId: string,
  { sentAt, gatewayId = deviceId }: { sentAt: number; gatewayId?: string | undefined },
): DeviceMessage =>
  event(deviceId, { gatewayId, sentAt, service: otaService, type: eventTypes.versionQuery, paras: {} })

/** A package as a device is offered it. `size` in bytes, `sha256` in lower-case hex. */
export type Offer = {
  package: 'firmware' | 'software'
  version: string
  /** Opens the package for `linkSeconds`, without a header of ours unless there is a `token`. */
  url: string
  /** What the device has to send when it opens the link. */
  token?: string | undefined
  linkSeconds: number
  fileName: string
  size: number
  sha256: string
  customInfo?: string | undefined
}

/**
 * Whether an SDK, by what it calls itself, opens no address that leaves its port out. The SDK in C does not:
 * https://github.com/huaweicloud/huaweicloud-iot-device-sdk-c, `src/agentlite/iota_datatrans.c`.
 */
export const needsPort = (sdk: string | undefined): boolean => sdk?.startsWith('C_') ?? false

/**
 * Tells a device to fetch a package and to install it; it answers with upgrade reports. Without a token the
 * kind of message is the one for packages in storage. With one it is the older kind, for which SDKs send the
 * token as an `Authorization` header: S3 refuses that beside a link that signs itself.
 *
 * https://support.huaweicloud.com/intl/en-us/api-iothub/iot_06_v5_3030.html. A device that has
 * the package already, or is at it, may take the same offer again as a new one: it is not repeated without
 * need.
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
 * Tells a device what time it is. From the four times, the last of which is when it gets this, it works out
 * its clock's error; how long we took counts for nothing. `receivedAt` and `sentAt` are epoch milliseconds.
 * Answering twice does no harm.
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
