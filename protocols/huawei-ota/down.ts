/** What we say to a device. Pure: the same request always gives the same message. */
import { writeEventTime } from './event-time.ts'
import type { DeviceMessage } from './facts.ts'
import { eventTypes, otaService, topicsOf } from './topics.ts'

/**
 * Asks a device which versions it runs; it answers with a `VersionReport`. Asking twice does no harm. A device behind a
 * gateway is asked through the gateway that is connected, `gatewayId`. `sentAt` is epoch milliseconds.
 *
 * https://support.huaweicloud.com/intl/en-us/api-iothub/iot_06_v5_3028.html, 2024-12-02: a device that is connected itself is named
 * in the payload as in the topic. The fields for upgrades of many devices behind one gateway are left out: they name a
 * task of IoTDA.
 */
export const versionQuery = (
  deviceId: string,
  { sentAt, gatewayId = deviceId }: { sentAt: number; gatewayId?: string | undefined },
): DeviceMessage => ({
  topic: topicsOf(gatewayId).requests,
  payload: JSON.stringify({
    object_device_id: deviceId,
    services: [
      {
        service_id: otaService,
        event_type: eventTypes.versionQuery,
        event_time: writeEventTime(sentAt),
        paras: {},
      },
    ],
  }),
})
