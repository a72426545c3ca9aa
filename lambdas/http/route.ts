import * as z from 'zod/mini'

/** What a caller must hold; `admin` includes the others except `ingest`. */
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

/** A route, as rooms declare theirs beside what they do; `function` is a file of `functions/api/`. */
export type Route = {
  method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  path: string
  permission: Permission
  function: ApiFunction
  summary: string
  /** In which fleets the caller must hold the permission, where the record's is not all there is to say. */
  fleets?: string
  params: z.core.$ZodType<Record<string, string>>
  query: z.core.$ZodType
  /** The option of a deployment without which the route is not there. */
  onlyWith?: 'dockServer' | 'dockLogin'
  /** Absent: the route takes no body. */
  body?: z.core.$ZodType
  output: z.core.$ZodType
  /** Status of success; 204 has no body. */
  success: 200 | 201 | 202 | 204
  /** Honours `Idempotency-Key`. */
  idempotent?: true
  /** Honours `If-None-Match: *`: it makes a record then, and changes none. */
  makes?: true
}

export const none = z.strictObject({})

export const route = <const R extends Route>(r: R): R => r
