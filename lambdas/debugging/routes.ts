import * as z from 'zod/mini'
import { none, route } from '../http/route.ts'
import { Sn } from '../http/shapes.ts'
import { DebugMode, OpenDebugMode } from './shapes.ts'

/** Routes of docks' debug modes. */

const dock = z.object({ dockSn: Sn })

export const debugRoutes = {
  getDebugMode: route({
    method: 'GET',
    path: '/v1/docks/{dockSn}/debug-mode',
    permission: 'read',
    function: 'read-records',
    summary: 'Whether Groundcrew has the dock in debug mode, for whom, and what went wrong',
    params: dock,
    query: none,
    output: DebugMode,
    success: 200,
  }),
  openDebugMode: route({
    method: 'POST',
    path: '/v1/docks/{dockSn}/debug-mode/open',
    permission: 'operate',
    function: 'manage-debug-mode',
    summary: 'Switch the aircraft on for a while, during which the dock does not fly; a repeat extends it',
    params: dock,
    query: none,
    body: OpenDebugMode,
    output: DebugMode,
    success: 202,
  }),
  closeDebugMode: route({
    method: 'POST',
    path: '/v1/docks/{dockSn}/debug-mode/close',
    permission: 'operate',
    function: 'manage-debug-mode',
    summary: 'Switch the aircraft off and close the debug mode, whoever opened it; idempotent',
    params: dock,
    query: none,
    output: DebugMode,
    success: 202,
  }),
} as const
