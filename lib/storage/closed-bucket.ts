import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Key } from 'aws-cdk-lib/aws-kms'
import {
  BlockPublicAccess,
  BucketEncryption,
  type BucketProps,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3'
import type { Construct } from 'constructs'

/**
 * The common settings of buckets for machines' files: closed, encrypted, versioned, so that a proved file
 * stays whatever replaces it, and kept when the stack is deleted.
 */
export const closedBucket = (scope: Construct, kmsKeyArn: string | undefined): BucketProps => ({
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  ...(kmsKeyArn
    ? {
        encryption: BucketEncryption.KMS,
        encryptionKey: Key.fromKeyArn(scope, 'Key', kmsKeyArn),
        // One call to KMS serves many objects.
        bucketKeyEnabled: true,
      }
    : { encryption: BucketEncryption.S3_MANAGED }),
  enforceSSL: true,
  versioned: true,
  removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
})

/**
 * An upload that loses its connection, or whose link expires, leaves parts behind, which are invisible but
 * billed.
 */
export const abandonedUploads: LifecycleRule = {
  id: 'AbandonedUploads',
  abortIncompleteMultipartUploadAfter: Duration.days(2),
}
