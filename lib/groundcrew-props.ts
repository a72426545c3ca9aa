import type { Duration } from 'aws-cdk-lib'
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager'
import type { IUserPool, IUserPoolClient } from 'aws-cdk-lib/aws-cognito'
import type { IEventBus } from 'aws-cdk-lib/aws-events'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import type { ITopic } from 'aws-cdk-lib/aws-sns'

/** What a token may do; `docs/deploy.md` says what each is for. */
export type Permission = 'read' | 'operate' | 'download' | 'admin' | 'ingest'

/** Storage that is not S3 on AWS, and exists already. `docs/storage.md` has what has to be there. */
export interface OutsideStorage {
  readonly provider: 'minio' | 'ali'
  /** Where the functions reach it: an address without a path, https. */
  readonly endpoint: string
  /**
   * Where docks reach it.
   * @default - at `endpoint`
   */
  readonly dockEndpoint?: string
  /** As signatures name it, such as `us-east-1` or `cn-hangzhou`. */
  readonly region: string
  readonly bucketName: string
  /** Holds the key pair. */
  readonly secret: ISecret
  /**
   * MinIO: what its STS is asked to lend.
   * @default - none: MinIO ignores it
   */
  readonly roleArn?: string
  /**
   * OSS, which needs it: the RAM role that is lent.
   * @default - none
   */
  readonly aliRoleArn?: string
  /**
   * OSS: the address of its STS.
   * @default - that of the region
   */
  readonly aliStsEndpoint?: string
}

/** Whose tokens the API trusts, where that is not a user pool. */
export interface Issuer {
  /** The `iss` of its tokens, an https address. */
  readonly url: string
  /** A token has to carry one of these as `aud`, or as `client_id`. At least one. */
  readonly audience: readonly string[]
  /**
   * The claim with a person's groups.
   * @default 'cognito:groups'
   */
  readonly groupsClaim?: string
  /**
   * What the names of Groundcrew's groups begin with there.
   * @default - nothing
   */
  readonly groupPrefix?: string
}

/** Docks that have no other platform. */
export interface DockServerProps {
  /** The values of your app at DJI that docks get. */
  readonly licence: ISecret
  /**
   * The time server that docks are told, `host` or `host:port`.
   * @default - the one of the code
   */
  readonly ntpHost?: string
}

/** Docks that log in at AWS IoT Core with an account. */
export interface DockLoginProps {
  /**
   * Copies of the function that asks for it, kept free for it and never more; 0: as many as there are.
   * @default 10
   */
  readonly concurrency?: number
  /**
   * A host name of your own for docks; goes with `certificate`.
   * @default - one of AWS's, which outlives the stack
   */
  readonly domain?: string
  /**
   * Its certificate, of the stack's region.
   * @default - none
   */
  readonly certificate?: ICertificate
}

/** How long things are kept, in whole days. */
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

/** What may be chosen of Groundcrew. Nothing has to be. */
export interface GroundcrewProps {
  /**
   * Where archives and packages go. Switch on its notifications to EventBridge
   * (`eventBridgeEnabled: true`): otherwise an archive is looked for once a minute.
   * @default - buckets of its own, one for each, which outlive the stack
   */
  readonly bucket?: IBucket
  /**
   * What encrypts `bucket`, or its own buckets.
   * @default - S3 by itself
   */
  readonly encryptionKey?: IKey
  /**
   * Storage outside AWS instead.
   * @default - S3
   */
  readonly storage?: OutsideStorage

  /**
   * The people and machines that may call the API. It needs groups, or a resource server `groundcrew` with scopes, named
   * like the permissions.
   * @default - a user pool of its own
   */
  readonly userPool?: IUserPool
  /**
   * The clients of `userPool` whose tokens are taken; at least one with it.
   * @default - none
   */
  readonly userPoolClients?: readonly IUserPoolClient[]
  /**
   * An issuer of tokens that is no user pool.
   * @default - a user pool
   */
  readonly issuer?: Issuer
  /**
   * What the machine client of its own user pool may ask for.
   * @default ['read', 'operate', 'download']
   */
  readonly machinePermissions?: readonly Permission[]

  /**
   * Where changes are told.
   * @default - a bus of its own, named like the stack
   */
  readonly eventBus?: IEventBus

  /**
   * Whether there are alarms, which CloudWatch charges for.
   * @default true
   */
  readonly alarms?: boolean
  /**
   * Who hears of alarms. Its policy has to let CloudWatch publish.
   * @default - nobody
   */
  readonly alarmTopic?: ITopic
  /**
   * Who gets a mail of each alarm; the address has to confirm.
   * @default - nobody
   */
  readonly alarmEmail?: string
  /** @default false */
  readonly dashboard?: boolean

  /** @default - see the members */
  readonly retention?: Retention
  /**
   * Fuse of the table, in request units a second.
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
   * Makes this the only platform that docks need.
   * @default - docks have another one
   */
  readonly dockServer?: DockServerProps
  /**
   * Lets docks log in with an account; `{}` for all defaults.
   * @default - docks come with certificates, or through a bridge
   */
  readonly dockLogin?: DockLoginProps
  /**
   * Whether docks' alarms and the ends of their flights are heard.
   * @default true
   */
  readonly dockAlarms?: boolean
  /**
   * Whether docks' events are acknowledged; false where another platform does.
   * @default true
   */
  readonly acknowledgeEvents?: boolean
  /**
   * Whether devices that ask for the time get it.
   * @default true
   */
  readonly timeSync?: boolean
  /**
   * Whether devices that know only the older offer can download with a token. Needs buckets of its own.
   * @default false
   */
  readonly packageDownloads?: boolean
  /**
   * Retries of an upload whose request says nothing of them, 0 to 3.
   * @default 0
   */
  readonly autoRetries?: number
  /**
   * What becomes of an upload that by its estimate cannot end in time.
   * @default 'refuse'
   */
  readonly longUploads?: 'refuse' | 'split' | 'allow'
  /** @default 'milliseconds' */
  readonly expireUnit?: 'milliseconds' | 'seconds'
  /**
   * Where the console is, if you serve it: an address that ends in a slash. The user pool's sign-in page sends people back there.
   * @default - http://localhost:3000/
   */
  readonly consoleUrl?: string
}
