import { topicsOf } from '../protocols/dji-remote-log/topics.ts'
import type { DockBridgeRequest } from './bridge-request.ts'
import { mosquittoBridge } from './mosquitto-bridge.ts'

/**
 * The bridge for DJI docks: the remote-log topics of each dock, never `osd` or `state`. `npm run edge --
 * mosquitto` writes it. The request must have passed `DockBridgeRequest`.
 */
export const dockBridge = (request: DockBridgeRequest): string =>
  mosquittoBridge(request, request.docks, {
    machines: 'docks',
    heading: [
      'Bridge between this broker and AWS IoT Core for the remote logs of DJI docks, made by Groundcrew.',
      'It carries commands and their replies and events; never osd or state. See docs/edge.md.',
    ],
    topicsOf: (dockSn) => {
      const { servicesReply, events, services, eventsReply } = topicsOf(dockSn)
      return { up: [servicesReply, events], down: [services, eventsReply] }
    },
    localPrefix: request.localPrefix,
  })
