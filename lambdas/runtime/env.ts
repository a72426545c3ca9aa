import { OwnError } from './own-error.ts'

/**
 * All environment variables of our functions. `lib/` sets the name of a resource together with the grant for
 * it. A function reads them once, on its first invocation.
 */
export const env = {
  /** Name of the DynamoDB table. */
  table: 'TABLE_NAME',
  /** Bucket to which docks upload. */
  bucket: 'UPLOAD_BUCKET',
  /** Bucket of package files. */
  packageBucket: 'PACKAGE_BUCKET',
  /** The origin of package downloads with a token, `https://host:443`; empty: there are none. */
  packageDownloads: 'PACKAGE_DOWNLOADS',
  /** Secret with the signing key of these tokens. */
  packageTokenSecret: 'PACKAGE_TOKEN_SECRET_ARN',
  /** Role whose rights are lent to docks. */
  uploadRole: 'UPLOAD_ROLE_ARN',
  /** The endpoint of object storage, `https://…`, without the bucket. */
  storageEndpoint: 'STORAGE_ENDPOINT',
  /** The endpoint for docks, if they reach the storage under another name. */
  dockStorageEndpoint: 'DOCK_STORAGE_ENDPOINT',
  /** Region for signing requests to storage outside AWS. */
  storageRegion: 'STORAGE_REGION',
  /** Secret with the key pair for storage outside AWS. */
  storageSecret: 'STORAGE_SECRET_ARN',
  /**
   * The role to assume at storage outside AWS, `arn:aws:iam::…:role/…`; empty: a name that MinIO and
   * SeaweedFS accept.
   */
  storageRole: 'STORAGE_ROLE_ARN',
  /** The RAM role whose rights are lent to docks, `acs:ram::…:role/…`. */
  aliRole: 'ALI_ROLE_ARN',
  /** Alibaba's STS, `https://…`; empty: the region's own. */
  aliSts: 'ALI_STS_ENDPOINT',
  /** KMS key that encrypts the bucket; lent credentials then need rights on it. */
  kmsKey: 'KMS_KEY_ARN',
  /** `no` if the ETag of an object is never the MD5 of its content. */
  etagIsMd5: 'ETAG_IS_MD5',
  /** Unit of the `expire` that is sent to docks: `milliseconds` (default) or `seconds`. */
  expireUnit: 'EXPIRE_UNIT',
  /** Automatic retries of an upload whose request does not set `retries`. */
  autoRetries: 'AUTO_RETRIES',
  /** How uploads that would take too long are handled: `refuse` (default), `split` or `allow`. */
  longUploads: 'LONG_UPLOADS',
  /** `off` if another platform on the broker acknowledges the docks' events. */
  acknowledgeEvents: 'ACKNOWLEDGE_EVENTS',
  /** `off` if another platform answers the devices' requests for the time. */
  timeSync: 'TIME_SYNC',
  /** The account's IoT data endpoint, `https://…-ats.iot.region.amazonaws.com`; empty: the SDK's own. */
  iotEndpoint: 'IOT_ENDPOINT',
  /** Secret with the vendor's app values that are sent to docks. */
  dockLicenceSecret: 'DOCK_LICENCE_SECRET_ARN',
  /** The NTP server that is sent to docks, `host` or `host:port`; empty: none. */
  ntpHost: 'NTP_HOST',
  /** The prefix of IoT Core ARNs: `arn:aws:iot:{region}:{account}`. */
  iotArn: 'IOT_ARN',
  /** Token claim that holds a person's groups. */
  groupsClaim: 'GROUPS_CLAIM',
  /** The prefix of our groups in that claim; empty: none. */
  groupPrefix: 'GROUP_PREFIX',
  /** ARN of the bus on which events are published. */
  eventBus: 'EVENT_BUS_ARN',
  /** The CloudEvents `source`: `/groundcrew/{stack}`. */
  eventSource: 'EVENT_SOURCE',
  /** URL of the dead-letter queue for changes whose events cannot be published. */
  eventFailures: 'EVENT_FAILURES_URL',
  /** `allow`: webhooks may use http to this machine. Only the local runtime sets this, never a deployment. */
  webhookLoopback: 'WEBHOOK_LOOPBACK',
  /** Days that records are kept, as JSON: see `Retention` in `table/schema.ts`. */
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
  if (missing.length > 0) throw new OwnError(`Missing environment variables: ${missing.join(', ')}`)
  return Object.fromEntries(names.map((name) => [name, from[name] ?? ''])) as Record<Name, string>
}
