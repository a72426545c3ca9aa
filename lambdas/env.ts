import { OwnError } from './runtime/own-error.ts'

/**
 * Every environment variable that our functions read. `lib/` sets them with the grants that they belong to;
 * a function reads them once, on its first call.
 */
export const env = {
  /** Name of the DynamoDB table. */
  table: 'TABLE_NAME',
  /** Bucket that docks upload to. */
  bucket: 'UPLOAD_BUCKET',
  /** Bucket with the files of packages. */
  packageBucket: 'PACKAGE_BUCKET',
  /** Where packages are downloaded with a token, `https://host:443`; empty: they are not. */
  packageDownloads: 'PACKAGE_DOWNLOADS',
  /** Secret with the key that such tokens are signed with. */
  packageTokenSecret: 'PACKAGE_TOKEN_SECRET_ARN',
  /** Role whose rights are lent to docks. */
  uploadRole: 'UPLOAD_ROLE_ARN',
  /** Where object storage is reached, `https://…`: the origin that buckets are below or in front of. */
  storageEndpoint: 'STORAGE_ENDPOINT',
  /** The same as docks see it, where that is another name. */
  dockStorageEndpoint: 'DOCK_STORAGE_ENDPOINT',
  /** Region that requests to storage outside AWS are signed for. */
  storageRegion: 'STORAGE_REGION',
  /** Secret with the key pair for storage outside AWS. */
  storageSecret: 'STORAGE_SECRET_ARN',
  /**
   * The role that storage outside AWS is asked to lend, `arn:aws:iam::…:role/…`; empty: a name that MinIO and
   * SeaweedFS take.
   */
  storageRole: 'STORAGE_ROLE_ARN',
  /** The RAM role whose rights are lent to docks, `acs:ram::…:role/…`. */
  aliRole: 'ALI_ROLE_ARN',
  /** Alibaba's STS, `https://…`; empty: the region's own. */
  aliSts: 'ALI_STS_ENDPOINT',
  /** KMS key that encrypts the bucket, which lent credentials then have to open. */
  kmsKey: 'KMS_KEY_ARN',
  /** `no` where the ETag of an object is never the MD5 of its content. */
  etagIsMd5: 'ETAG_IS_MD5',
  /** Unit of the `expire` that docks get: `milliseconds` (default) or `seconds`. */
  expireUnit: 'EXPIRE_UNIT',
  /** Retries of an upload whose request says nothing of them. */
  autoRetries: 'AUTO_RETRIES',
  /** What becomes of an upload that would take too long: `refuse` (default), `split` or `allow`. */
  longUploads: 'LONG_UPLOADS',
  /** `off` where another platform on the broker acknowledges the docks' events. */
  acknowledgeEvents: 'ACKNOWLEDGE_EVENTS',
  /** `off` where the devices' own platform tells them the time. */
  timeSync: 'TIME_SYNC',
  /** The account's IoT data endpoint, `https://…-ats.iot.region.amazonaws.com`; empty: the SDK's own. */
  iotEndpoint: 'IOT_ENDPOINT',
  /** Secret with the values of the vendor's app that docks get. */
  dockLicenceSecret: 'DOCK_LICENCE_SECRET_ARN',
  /** The time server that docks get, `host` or `host:port`; empty: none. */
  ntpHost: 'NTP_HOST',
  /** What ARNs of IoT Core begin with: `arn:aws:iot:{region}:{account}`. */
  iotArn: 'IOT_ARN',
  /** Token claim that holds a person's groups. */
  groupsClaim: 'GROUPS_CLAIM',
  /** What the names of our groups begin with there; empty: nothing. */
  groupPrefix: 'GROUP_PREFIX',
  /** Bus that changes are told on, by its ARN. */
  eventBus: 'EVENT_BUS_ARN',
  /** Who tells them: `/groundcrew/{stack}`. */
  eventSource: 'EVENT_SOURCE',
  /** Queue for changes that cannot be told, by its URL. */
  eventFailures: 'EVENT_FAILURES_URL',
  /**
   * `allow`: webhooks may go to http on this machine. Only the local runtime says so; what is deployed never.
   */
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
