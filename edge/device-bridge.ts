import { topicsOf } from '../protocols/huawei-ota/topics.ts'
import type { DeviceBridgeRequest } from './bridge-request.ts'
import { mosquittoBridge } from './mosquitto-bridge.ts'

/**
 * The bridge for devices that speak Huawei IoTDA's protocol: `$oc/devices/{id}/sys/events/up` of the broker
 * is `oc/devices/{id}/sys/events/up` at AWS, and `down` the same way back, as AWS reserves topics that begin
 * with `$` (https://docs.aws.amazon.com/iot/latest/developerguide/reserved-topics.html). Nothing else
 * crosses, in particular no properties and messages. `npm run edge -- mosquitto-devices` writes it. The
 * request must have passed `DeviceBridgeRequest`.
 */
export const deviceBridge = (request: DeviceBridgeRequest): string =>
  mosquittoBridge(request, request.devices, {
    machines: 'devices',
    heading: [
      "Bridge between this broker and AWS IoT Core for devices that speak Huawei IoTDA's protocol, made by Groundcrew.",
      'It carries their events and what answers them; no properties, messages or commands. See docs/edge.md.',
    ],
    topicsOf: (deviceId) => {
      const { events, requests } = topicsOf(deviceId)
      return { up: [events], down: [requests] }
    },
    localPrefix: '$',
    prefixReason:
      'AWS reserves topics that begin with $: it is taken off on the way up and put back on the way down.',
  })
