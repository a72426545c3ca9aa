import { Duration, Stack, Validations } from 'aws-cdk-lib'
import { Rule } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { AnyPrincipal, Effect, Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Bucket, CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { env } from '../../lambdas/runtime/env.ts'
import { probeKeys } from '../../lambdas/storage/probe-key.ts'
import {
  customerKeyCondition,
  storageClass,
  storageClassCondition,
} from '../../lambdas/storage/readable-objects.ts'
import type { BackendFunction } from '../functions/backend-function.ts'
import type { QueueConsumer } from '../functions/queue-consumer.ts'
import { options } from '../options/options.ts'
import { acknowledgeWildcard } from '../wildcards.ts'
import { type ArchiveKey, archiveKey } from './archive-key.ts'
import type { ArchiveStorage } from './archive-storage.ts'
import { abandonedUploads, closedBucket } from './closed-bucket.ts'
import { UploadRole } from './upload-role.ts'

/**
 * The storage for docks' archives: a closed bucket that outlives the stack, or an existing one, and the
 * rights lent to docks. An existing bucket keeps its owner's settings, including whether it announces its
 * objects.
 */
export class UploadStorage extends Construct implements ArchiveStorage {
  private readonly bucket: Pick<IBucket, 'bucketName' | 'bucketArn' | 'arnForObjects'>
  private readonly key: ArchiveKey | undefined
  private readonly role: UploadRole

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const { bucketName, kmsKeyArn } = options(this)
    this.key = kmsKeyArn ? archiveKey(this, kmsKeyArn) : undefined
    this.bucket = bucketName ? Bucket.fromBucketName(this, 'Bucket', bucketName) : this.makeBucket(kmsKeyArn)
    this.role = new UploadRole(this, 'UploadRole', { bucket: this.bucket, key: this.key })
  }

  get bucketName(): string {
    return this.bucket.bucketName
  }

  /** Lets `fn` lend a dock the right to upload. */
  grantLend(fn: BackendFunction): void {
    this.role.grantAssume(fn)
    this.configure(fn)
    if (this.key) fn.setEnv(env.kmsKey, this.key.arn)
    fn.setEnv(env.expireUnit, options(this).expireUnit)
  }

  /**
   * Lets `fn` see whether an object exists and how large it is. Without the right to list, S3 answers 403 for
   * a missing key.
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
   */
  grantInspect(fn: BackendFunction): void {
    this.grantRead(
      fn,
      'Archives are named by job, so their names are not known here; HEAD needs the right to read.',
    )
    this.key?.markETags(fn)
  }

  /**
   * Lets `fn` sign links to an archive, including overwritten ones: a link has the rights of its signer.
   * Reading a version by id is a separate right.
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
   */
  grantDownload(fn: BackendFunction): void {
    this.grantRead(fn, 'Archives are named by job, so their names are not known here.')
    fn.allow(['s3:GetObjectVersion'], [this.bucket.arnForObjects('*')])
  }

  /** Lets `fn` remove archives, including their versions. */
  grantRemove(fn: BackendFunction): void {
    const objects = this.bucket.arnForObjects('*')
    fn.allow(['s3:DeleteObject', 's3:DeleteObjectVersion'], [objects])
    this.configure(fn)
    acknowledgeWildcard(fn, objects, 'Archives are named by job, so their names are not known here.')
  }

  /**
   * Lets `fn` lend credentials for its probes, and inspect, read and remove these, but no archives: probes
   * have other names.
   */
  grantCheck(fn: BackendFunction): void {
    const probes = this.bucket.arnForObjects(probeKeys)
    this.grantLend(fn)
    fn.allow(['s3:GetObject', 's3:DeleteObject'], [probes])
    fn.allow(['s3:ListBucket'], [this.bucket.bucketArn])
    this.key?.grantRead(fn)
    acknowledgeWildcard(fn, probes, 'Each check has a probe of its own, in folders that no dock can have.')
  }

  /** Lets any grantee read archives and their versions. */
  grantReadTo(grantee: IGrantable): Grant {
    const grant = Grant.addToPrincipal({
      grantee,
      actions: ['s3:GetObject', 's3:GetObjectVersion', 's3:ListBucket'],
      resourceArns: [this.bucket.bucketArn, this.bucket.arnForObjects('*')],
    })
    return this.key ? grant.combine(this.key.grantReadTo(grantee)) : grant
  }

  /** Sends an event to the consumer's queue for every object that is complete. */
  announceTo(consumer: QueueConsumer): void {
    this.key?.markETags(consumer.function)
    new Rule(this, 'ObjectCreated', {
      description: 'Objects that are completely uploaded',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [this.bucket.bucketName] } },
      },
      // Events that EventBridge cannot deliver are kept with those that the function could not handle: they
      // are the same events.
      targets: [new SqsQueue(consumer.queue, { deadLetterQueue: consumer.deadLetters })],
    })
  }

  private grantRead(fn: BackendFunction, reason: string): void {
    const objects = this.bucket.arnForObjects('*')
    fn.allow(['s3:GetObject'], [objects])
    fn.allow(['s3:ListBucket'], [this.bucket.bucketArn])
    this.key?.grantRead(fn)
    this.configure(fn)
    acknowledgeWildcard(fn, objects, reason)
  }

  private makeBucket(kmsKeyArn: string | undefined): Bucket {
    const { archiveDays } = options(this)
    const bucket = new Bucket(this, 'Bucket', {
      ...closedBucket(this, kmsKeyArn),
      lifecycleRules: [
        abandonedUploads,
        {
          id: 'Retention',
          expiration: Duration.days(archiveDays),
          noncurrentVersionExpiration: Duration.days(Math.min(archiveDays, noncurrentDays)),
        },
      ],
    })
    announceObjects(bucket)
    for (const conditions of unreadable)
      bucket.addToResourcePolicy(
        new PolicyStatement({
          effect: Effect.DENY,
          principals: [new AnyPrincipal()],
          actions: ['s3:PutObject'],
          resources: [bucket.arnForObjects('*')],
          conditions,
        }),
      )
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Who started, opened or deleted what is in the records; CloudTrail data events give the rest, signed.',
    })
    return bucket
  }

  /** The endpoint's domain differs between partitions: amazonaws.com.cn in China. */
  private configure(fn: BackendFunction): void {
    const { region, urlSuffix } = Stack.of(this)
    fn.setEnv(env.bucket, this.bucket.bucketName)
    fn.setEnv(env.storageEndpoint, `https://s3.${region}.${urlSuffix}`)
  }
}

/**
 * Days for which an overwritten, deleted or expired archive can still be restored: time to react to the
 * alarm.
 */
const noncurrentDays = 14

/** Objects that may not be uploaded, each condition a kind: see `readableObjects`. */
const unreadable = [
  { StringNotEquals: { [storageClassCondition]: storageClass }, Null: { [storageClassCondition]: 'false' } },
  { Null: { [customerKeyCondition]: 'false' } },
]

/** Set on the CloudFormation resource, since the CDK's own property would add a function. */
const announceObjects = (bucket: Bucket): void => {
  const resource = bucket.node.defaultChild
  if (!(resource instanceof CfnBucket)) throw new Error('The bucket has no CloudFormation resource')
  resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } }
}
