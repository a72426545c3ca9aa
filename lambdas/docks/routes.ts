import * as z from 'zod/mini'
import { none, route } from '../http/route.ts'
import { Fleet, PageQuery, page, Sn } from '../http/shapes.ts'
import { PresenceName } from '../presence/shapes.ts'
import { Dock, DockChange, DockInput } from './shapes.ts'

/** Routes of docks. */

const dock = z.object({ dockSn: Sn })

export const dockRoutes = {
  registerDock: route({
    method: 'PUT',
    path: '/v1/docks/{dockSn}',
    permission: 'admin',
    function: 'register-docks',
    summary: 'Register a dock, or replace its name and aircraft; without `fleet` it stays in its own',
    fleets:
      'For all fleets to register a dock or to move it to another fleet; ' +
      'for its own fleet to replace the rest.',
    params: dock,
    query: none,
    body: DockInput,
    output: Dock,
    success: 200,
    makes: true,
  }),
  changeDock: route({
    method: 'PATCH',
    path: '/v1/docks/{dockSn}',
    permission: 'admin',
    function: 'register-docks',
    summary: 'Change the given fields of a dock; null removes a field',
    fleets: 'For all fleets to move a dock to another fleet; for its own fleet to change the rest.',
    params: dock,
    query: none,
    body: DockChange,
    output: Dock,
    success: 200,
  }),
  deleteDock: route({
    method: 'DELETE',
    path: '/v1/docks/{dockSn}',
    permission: 'admin',
    function: 'remove-docks',
    summary: 'Remove a dock at which nothing is in progress; its records stay until they expire',
    params: dock,
    query: none,
    output: none,
    success: 204,
  }),
  getDock: route({
    method: 'GET',
    path: '/v1/docks/{dockSn}',
    permission: 'read',
    function: 'read-records',
    summary: 'A dock, its active upload, its presence and when it was last heard',
    params: dock,
    query: none,
    output: Dock,
    success: 200,
  }),
  listDocks: route({
    method: 'GET',
    path: '/v1/docks',
    permission: 'read',
    function: 'read-records',
    summary: 'Docks, by serial number',
    params: none,
    query: z.strictObject({ ...PageQuery, fleet: z.optional(Fleet), presence: z.optional(PresenceName) }),
    output: page(Dock),
    success: 200,
  }),
} as const
