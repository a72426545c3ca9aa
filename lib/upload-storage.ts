import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { Rule } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { BlockPublicAccess, Bucket, BucketEncryption, CfnBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { env } from '../lambdas/env.ts'
import type { BackendFunction } from './backend-function.ts'
import { options } from './options.ts'
import type { QueueConsumer } from './queue-consumer.ts'
import { UploadRole } from './upload-role.ts'
import { acknowledgeWildcard } from './wildcards.ts'

/** Where docks upload their archives to: a closed bucket that survives the stack, and the rights lent to docks. */
export class UploadStorage extends Construct {
  private readonly bucket: Bucket
  private readonly role: UploadRole

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      lifecycleRules: [
        // A dock that loses its connection or its hour leaves parts behind, which are invisible and billed.
        { id: 'AbandonedUploads', abortIncompleteMultipartUploadAfter: Duration.days(2) },
        { id: 'Retention', expiration: Duration.days(options(this).archiveDays) },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
    })
    announceObjects(this.bucket)
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Who started, opened or deleted what is in the records; CloudTrail data events give the rest, signed.',
    })
    this.role = new UploadRole(this, 'UploadRole', { bucket: this.bucket })
  }

  get bucketName(): string {
    return this.bucket.bucketName
  }

  /** Lets `fn` lend a dock the right to upload. */
  grantLend(fn: BackendFunction): void {
    this.role.grantAssume(fn)
    fn.tell(env.bucket, this.bucket.bucketName)
    fn.tell(env.expireUnit, options(this).expireUnit)
  }

  /**
   * Lets `fn` see whether an object exists and how large it is. Without the right to list, S3 answers 403 for a
   * missing key. https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
   */
  grantInspect(fn: BackendFunction): void {
    this.grantRead(
      fn,
      'Archives are named by job, so their names are not known here; HEAD needs the right to read.',
    )
  }

  /** Lets `fn` sign links that open an archive: a link can do what its signer may do. */
  grantDownload(fn: BackendFunction): void {
    this.grantRead(fn, 'Archives are named by job, so their names are not known here.')
  }

  /** Sends an event to the consumer's queue for every object that is complete. */
  announceTo(consumer: QueueConsumer): void {
    new Rule(this, 'ObjectCreated', {
      description: 'Objects that are completely uploaded',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [this.bucket.bucketName] } },
      },
      // What EventBridge cannot deliver is kept with what the function could not handle: both are the same event.
      targets: [new SqsQueue(consumer.queue, { deadLetterQueue: consumer.deadLetters })],
    })
  }

  private grantRead(fn: BackendFunction, reason: string): void {
    const objects = this.bucket.arnForObjects('*')
    fn.allow(['s3:GetObject'], [objects])
    fn.allow(['s3:ListBucket'], [this.bucket.bucketArn])
    fn.tell(env.bucket, this.bucket.bucketName)
    acknowledgeWildcard(fn, objects, reason)
  }
}

/** Set on the CloudFormation resource because the CDK's own switch brings a function of its own along. */
const announceObjects = (bucket: Bucket): void => {
  const resource = bucket.node.defaultChild
  if (!(resource instanceof CfnBucket)) throw new Error('The bucket has no CloudFormation resource')
  resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } }
}
