import { none, route } from '../http/route.ts'
import { DeviceEventResults, DeviceEvents } from './event-shapes.ts'

/** Routes for forwarders. */

export const eventRoutes = {
  takeDeviceEvents: route({
    method: 'POST',
    path: '/v1/device-events',
    permission: 'ingest',
    function: 'take-device-events',
    summary: 'Take devices’ reports from a forwarder that vouches for their ids; a result for each',
    fleets: 'For all fleets if a device is unknown.',
    params: none,
    query: none,
    body: DeviceEvents,
    output: DeviceEventResults,
    success: 200,
  }),
} as const
