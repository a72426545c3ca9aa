import type { Duration } from 'aws-cdk-lib'
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager'
import type { IUserPool, IUserPoolClient } from 'aws-cdk-lib/aws-cognito'
import type { IEventBus } from 'aws-cdk-lib/aws-events'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { ITopic } from 'aws-cdk-lib/aws-sns'

/** What a token permits; `docs/deploy.md` explains each. */
export type Permission = 'read' | 'operate' | 'download' | 'admin' | 'ingest'

/** Existing storage other than S3 on AWS. `docs/storage.md` lists its prerequisites. */
export interface OutsideStorage {
  readonly provider: 'minio' | 'ali'
  /** Where the functions reach it: an https URL without a path. */
  readonly endpoint: string
  /**
   * Where docks reach it.
   * @default - at `endpoint`
   */
  readonly dockEndpoint?: string
  /** The region as signatures name it, such as `us-east-1` or `cn-hangzhou`. */
  readonly region: string
  readonly bucketName: string
  /** The secret with the key pair. */
  readonly secret: ISecret
  /**
   * MinIO: the role that its STS is asked for.
   * @default - none: MinIO ignores it
   */
  readonly roleArn?: string
  /**
   * OSS, required: the RAM role that docks' credentials assume.
   * @default - none
   */
  readonly aliRoleArn?: string
  /**
   * OSS: the URL of its STS.
   * @default - that of the region
   */
  readonly aliStsEndpoint?: string
}

/** The issuer whose tokens the API trusts, if that is not a user pool. */
export interface Issuer {
  /** The `iss` of its tokens, an https URL. */
  readonly url: string
  /** A token must carry one of these as `aud`, or as `client_id`. At least one. */
  readonly audience: readonly string[]
  /**
   * The claim with a person's groups.
   * @default 'cognito:groups'
   */
  readonly groupsClaim?: string
  /**
   * The prefix of Groundcrew's groups there.
   * @default - none
   */
  readonly groupPrefix?: string
}

/** For docks that have no other platform. */
export interface DockServerProps {
  /** The values of your app at DJI, which docks request. */
  readonly licence: ISecret
  /**
   * The time server for docks, `host` or `host:port`.
   * @default - the one of the code
   */
  readonly ntpHost?: string
}

/** For docks that log in to AWS IoT Core with an account. */
export interface DockLoginProps {
  /**
   * Reserved concurrency of the function that checks logins; 0: none is reserved.
   * @default 10
   */
  readonly concurrency?: number
  /**
   * A host name of your own for docks; requires `certificate`.
   * @default - one of AWS's, which outlives the stack
   */
  readonly domain?: string
  /**
   * Its certificate, in the stack's region.
   * @default - none
   */
  readonly certificate?: ICertificate
}

/** How long data are kept, in whole days. */
export interface Retention {
  /** @default 90 days */
  readonly archives?: Duration
  /** @default 30 days */
  readonly commands?: Duration
  /** @default - see docs/deploy.md, uploadDays */
  readonly uploads?: Duration
  /** @default - see docs/deploy.md, upgradeDays */
  readonly upgrades?: Duration
  /** @default - see docs/deploy.md, rejectedDays */
  readonly rejected?: Duration
  /** @default RetentionDays.ONE_MONTH */
  readonly logs?: RetentionDays
}

/** The settings of Groundcrew. All are optional. */
export interface GroundcrewProps {
  /**
   * The bucket for archives and packages. Switch on its notifications to EventBridge (`eventBridgeEnabled:
   * true`): otherwise archives are looked for once a minute.
   * @default - buckets of its own, one for each, which outlive the stack
   */
  readonly bucket?: IBucket
  /**
   * The key that encrypts `bucket`, or its own buckets.
   * @default - S3's own encryption
   */
  readonly encryptionKey?: IKey
  /**
   * Storage outside AWS.
   * @default - S3
   */
  readonly storage?: OutsideStorage

  /**
   * The user pool of the people and machines that may call the API. It needs groups, or a resource server
   * `groundcrew` with scopes, named like the permissions.
   * @default - a user pool of its own
   */
  readonly userPool?: IUserPool
  /**
   * The clients of `userPool` whose tokens are accepted; at least one.
   * @default - none
   */
  readonly userPoolClients?: readonly IUserPoolClient[]
  /**
   * A token issuer other than a user pool.
   * @default - a user pool
   */
  readonly issuer?: Issuer
  /**
   * The permissions that the machine client of its own user pool may request.
   * @default ['read', 'operate', 'download']
   */
  readonly machinePermissions?: readonly Permission[]

  /**
   * The bus on which events are published.
   * @default - a bus of its own, named like the stack
   */
  readonly eventBus?: IEventBus

  /**
   * Whether to create alarms, which CloudWatch charges for.
   * @default true
   */
  readonly alarms?: boolean
  /**
   * A topic that alarms are published to. Its policy must let CloudWatch publish.
   * @default - none
   */
  readonly alarmTopic?: ITopic
  /**
   * An address that gets a mail for each alarm; it has to confirm.
   * @default - none
   */
  readonly alarmEmail?: string
  /** @default false */
  readonly dashboard?: boolean

  /** @default - see the members */
  readonly retention?: Retention
  /**
   * The table's limit, in request units per second.
   * @default 1000
   */
  readonly maxReadUnits?: number
  /** @default 1000 */
  readonly maxWriteUnits?: number

  /**
   * The account's IoT data endpoint.
   * @default - that of the functions' region
   */
  readonly iotEndpoint?: string
  /**
   * Makes Groundcrew the only platform that docks need.
   * @default - docks have another one
   */
  readonly dockServer?: DockServerProps
  /**
   * Lets docks log in with an account; `{}` for all defaults.
   * @default - docks connect with certificates, or through a bridge
   */
  readonly dockLogin?: DockLoginProps
  /**
   * Whether docks' alarms and the ends of their flights are recorded.
   * @default true
   */
  readonly dockAlarms?: boolean
  /**
   * Whether docks' events are acknowledged; false if another platform does.
   * @default true
   */
  readonly acknowledgeEvents?: boolean
  /**
   * Whether devices' requests for the time are answered.
   * @default true
   */
  readonly timeSync?: boolean
  /**
   * Whether devices that support only the older kind of offer can download with a token. Needs buckets of its
   * own.
   * @default false
   */
  readonly packageDownloads?: boolean
  /**
   * Retries of an upload whose request sets none, 0 to 3.
   * @default 0
   */
  readonly autoRetries?: number
  /**
   * What to do with an upload that, by estimate, cannot end in time.
   * @default 'refuse'
   */
  readonly longUploads?: 'refuse' | 'split' | 'allow'
  /** @default 'milliseconds' */
  readonly expireUnit?: 'milliseconds' | 'seconds'
  /**
   * The URL of the console, if you serve it, with a trailing slash. The user pool's sign-in page redirects
   * there.
   * @default - http://localhost:3000/
   */
  readonly consoleUrl?: string
}
