import * as z from 'zod/mini'

/** The permission that a route requires; `admin` includes the others except `ingest`. */
export const permissions = ['read', 'operate', 'download', 'admin', 'ingest'] as const

export type Permission = (typeof permissions)[number]

export type ApiFunction =
  | 'read-records'
  | 'register-docks'
  | 'register-devices'
  | 'remove-docks'
  | 'manage-dock-accounts'
  | 'request-listing'
  | 'start-log-upload'
  | 'cancel-log-upload'
  | 'manage-debug-mode'
  | 'lend-credentials'
  | 'download-archive'
  | 'delete-archive'
  | 'check-storage'
  | 'read-upgrades'
  | 'manage-upgrades'
  | 'manage-campaigns'
  | 'manage-packages'
  | 'manage-webhooks'
  | 'take-device-events'
  | 'manage-organizations'
  | 'manage-collections'

/** A route, as each room declares its own. `function` is the file in `functions/api/` that serves it. */
export type Route = {
  method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  path: string
  permission: Permission
  function: ApiFunction
  summary: string
  /** Text on the fleets for which the permission is needed, if not just the record's fleet. */
  fleets?: string
  params: z.core.$ZodType<Record<string, string>>
  query: z.core.$ZodType
  /** The option of the deployment without which the route does not exist. */
  onlyWith?: 'dockServer' | 'dockLogin'
  /** Absent: the route takes no body. */
  body?: z.core.$ZodType
  output: z.core.$ZodType
  /** The status of a success; 204 has no body. */
  success: 200 | 201 | 202 | 204
  /** Honours `Idempotency-Key`. */
  idempotent?: true
  /** Honours `If-None-Match: *`: makes a record but does not change an existing one. */
  makes?: true
}

export const none = z.strictObject({})

export const route = <const R extends Route>(r: R): R => r
