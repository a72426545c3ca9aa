import * as z from 'zod/mini'
import { none, route } from '../http/route.ts'
import { Fleet, PageQuery, page, Sn } from '../http/shapes.ts'
import { AlarmRecord, AlarmStateName } from './shapes.ts'

/** Routes of alarms. */

export const alarmRoutes = {
  getDockAlarms: route({
    method: 'GET',
    path: '/v1/docks/{dockSn}/alarms',
    permission: 'read',
    function: 'read-records',
    summary: 'Standing and cleared alarms of a dock and its aircraft, newest first',
    params: z.object({ dockSn: Sn }),
    query: z.strictObject({ state: z.optional(AlarmStateName) }),
    output: page(AlarmRecord),
    success: 200,
  }),
  listAlarms: route({
    method: 'GET',
    path: '/v1/alarms',
    permission: 'read',
    function: 'read-records',
    summary: 'Alarms of all docks and their aircraft, newest first',
    params: none,
    query: z.strictObject({ ...PageQuery, fleet: z.optional(Fleet), state: z.optional(AlarmStateName) }),
    output: page(AlarmRecord),
    success: 200,
  }),
} as const
