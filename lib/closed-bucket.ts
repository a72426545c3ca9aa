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
 * What the buckets of machines' files have in common: closed, encrypted, versioned, so that what was proved
 * stays whatever is put in its place, and kept when the stack goes.
 */
export const closedBucket = (scope: Construct, kmsKeyArn: string | undefined): BucketProps => ({
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  ...(kmsKeyArn
    ? {
        encryption: BucketEncryption.KMS,
        encryptionKey: Key.fromKeyArn(scope, 'Key', kmsKeyArn),
        // One call to KMS for many objects.
        bucketKeyEnabled: true,
      }
    : { encryption: BucketEncryption.S3_MANAGED }),
  enforceSSL: true,
  versioned: true,
  removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
})

/** Whoever loses its connection, or its link, leaves parts behind, which are invisible and billed. */
export const abandonedUploads: LifecycleRule = {
  id: 'AbandonedUploads',
  abortIncompleteMultipartUploadAfter: Duration.days(2),
}
