import { Duration, Stack, Validations } from 'aws-cdk-lib'
import { Bucket, HttpMethods, type IBucket } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { env } from '../../lambdas/runtime/env.ts'
import { packageKeys } from '../../lambdas/storage/package-key.ts'
import type { BackendFunction } from '../functions/backend-function.ts'
import { consoleOrigins } from '../options/console-options.ts'
import { options } from '../options/options.ts'
import type { ExternalStorageOptions } from '../options/storage-options.ts'
import { type ArchiveKey, archiveKey } from '../storage/archive-key.ts'
import { abandonedUploads, closedBucket } from '../storage/closed-bucket.ts'
import { acknowledgeWildcard } from '../wildcards.ts'
import { PackageDownloads } from './package-downloads.ts'

/**
 * The storage for packages' files: a closed bucket of their own that outlives the stack, since objects in the
 * archives' bucket expire. If the archives' bucket is an existing one, or storage is outside AWS, they are
 * there in a folder of their own; then the owner decides how long they are kept.
 */
export class Packages extends Construct {
  private readonly external: ExternalStorageOptions | undefined
  private readonly bucket: Pick<IBucket, 'bucketName' | 'bucketArn' | 'arnForObjects'>
  private readonly key: ArchiveKey | undefined
  private readonly isOwn: boolean
  private readonly downloads: PackageDownloads | undefined

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const { storage, bucketName, kmsKeyArn, packageDownloads } = options(this)
    this.external = storage.provider === 'aws' ? undefined : storage
    this.key = kmsKeyArn ? archiveKey(this, kmsKeyArn) : undefined
    this.isOwn = bucketName === undefined
    const own = bucketName ? undefined : this.makeBucket(kmsKeyArn)
    this.bucket = own ?? Bucket.fromBucketName(this, 'Bucket', bucketName ?? '')
    this.downloads =
      own && packageDownloads === 'on'
        ? // The CDK's own types do not support `exactOptionalPropertyTypes`.
          new PackageDownloads(this, 'Downloads', { bucket: own as IBucket })
        : undefined
  }

  get bucketName(): string {
    return this.bucket.bucketName
  }

  get outputs(): Record<string, string> {
    return this.downloads?.outputs ?? {}
  }

  /** Lets `fn` read uploaded files. */
  grantProve(fn: BackendFunction): void {
    this.configure(fn)
    this.allow(fn, ['s3:GetObject'])
    this.allowMissing(fn)
    if (!this.external) this.key?.grantRead(fn)
  }

  /**
   * Lets `fn` sign links to packages, which have the rights of their signer: to proved versions, which is a
   * separate right in S3. An existing bucket may keep no versions; then the function has to inspect the file
   * too.
   */
  grantRead(fn: BackendFunction): void {
    this.configure(fn)
    this.allow(fn, ['s3:GetObjectVersion'])
    if (!this.isOwn) {
      this.allow(fn, ['s3:GetObject'])
      this.allowMissing(fn)
    }
    if (!this.external) this.key?.grantRead(fn)
  }

  /** Lets `fn` sign links to packages for devices, also with tokens if such downloads are deployed. */
  grantOffer(fn: BackendFunction): void {
    this.grantRead(fn)
    this.downloads?.grantSign(fn)
  }

  /**
   * Lets `fn` sign links to upload files, assemble parts, inspect files, and remove them. Inspecting needs
   * the right to read.
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
   */
  grantManage(fn: BackendFunction): void {
    this.configure(fn)
    this.downloads?.grantKnow(fn)
    this.allow(fn, ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'])
    this.allow(fn, ['s3:GetObject', 's3:DeleteObject', 's3:DeleteObjectVersion'])
    this.allowMissing(fn)
    if (this.key && !this.external) fn.role.addToPolicy(this.key.toWrite)
  }

  /** Without the right to list, S3 answers 403 for a missing key. */
  private allowMissing(fn: BackendFunction): void {
    if (!this.external) fn.allow(['s3:ListBucket'], [this.bucket.bucketArn])
  }

  private allow(fn: BackendFunction, actions: readonly string[]): void {
    if (this.external) return
    const files = this.bucket.arnForObjects(packageKeys)
    fn.allow(actions, [files])
    acknowledgeWildcard(
      fn,
      files,
      'Files are named by package and upload, so their names are not known here.',
    )
  }

  private configure(fn: BackendFunction): void {
    fn.setEnv(env.packageBucket, this.bucket.bucketName)
    if (this.external) {
      const { endpoint, region, secretArn } = this.external
      fn.allow(['secretsmanager:GetSecretValue'], [secretArn])
      fn.setEnv(env.storageEndpoint, endpoint)
      fn.setEnv(env.storageRegion, region)
      fn.setEnv(env.storageSecret, secretArn)
      return
    }
    const { region, urlSuffix } = Stack.of(this)
    fn.setEnv(env.storageEndpoint, `https://s3.${region}.${urlSuffix}`)
  }

  private makeBucket(kmsKeyArn: string | undefined): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      ...closedBucket(this, kmsKeyArn),
      cors: [
        {
          allowedMethods: [HttpMethods.PUT],
          allowedOrigins: consoleOrigins(options(this).consoleUrl),
          // The headers that links require; the console reads nothing from the answer.
          allowedHeaders: ['content-md5', 'x-amz-checksum-sha256'],
          maxAge: 3_000,
        },
      ],
      lifecycleRules: [
        abandonedUploads,
        // Files stay until their package is deleted; this removes what deletion leaves.
        { id: 'Leftovers', noncurrentVersionExpiration: Duration.days(14), expiredObjectDeleteMarker: true },
      ],
    })
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Who put or deleted what is in the records; CloudTrail data events give the rest, signed.',
    })
    return bucket
  }
}
