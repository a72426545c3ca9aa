/**
 * Every environment variable that our functions read. `lib/` sets them with the grants that they belong to;
 * a function reads them once, on its first call.
 */
export const env = {
  /** Name of the DynamoDB table. */
  table: 'TABLE_NAME',
  /** Bucket that docks upload to. */
  bucket: 'UPLOAD_BUCKET',
  /** Role whose rights are lent to docks. */
  uploadRole: 'UPLOAD_ROLE_ARN',
  /** Unit of the `expire` that docks get: `milliseconds` (default) or `seconds`. */
  expireUnit: 'EXPIRE_UNIT',
  /** `off` where another platform on the broker acknowledges the docks' events. */
  acknowledgeEvents: 'ACKNOWLEDGE_EVENTS',
  /** The account's IoT data endpoint, `https://…-ats.iot.region.amazonaws.com`; empty: the SDK's own. */
  iotEndpoint: 'IOT_ENDPOINT',
  /** Token claim that holds a person's groups. */
  groupsClaim: 'GROUPS_CLAIM',
  /** Days that records are kept, as JSON: see `Retention` in `store/table.ts`. */
  retention: 'RETENTION_DAYS',
} as const

export type Env = Readonly<Record<string, string | undefined>>

/**
 * The values of the named variables.
 * @throws Error that lists all the missing ones at once.
 */
export const required = <const Name extends string>(
  from: Env,
  ...names: readonly Name[]
): Record<Name, string> => {
  const missing = names.filter((name) => !from[name])
  if (missing.length > 0) throw new Error(`Missing environment variables: ${missing.join(', ')}`)
  return Object.fromEntries(names.map((name) => [name, from[name] ?? ''])) as Record<Name, string>
}
