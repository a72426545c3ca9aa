import { Stack } from 'aws-cdk-lib'
import { Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { env } from '../../lambdas/runtime/env.ts'
import type { BackendFunction } from '../functions/backend-function.ts'

/**
 * The KMS key that encrypts the bucket, for use through S3 in this region only. If the key's policy delegates
 * access to IAM, as a new key's does, nothing else is needed; `docs/deploy.md` has the other case.
 */
export type ArchiveKey = {
  readonly arn: string
  /** For uploading: S3 decrypts the parts of an upload to assemble them, so writing needs both rights. */
  readonly toWrite: PolicyStatement
  /** Lets `fn` read objects that the key encrypted. */
  grantRead(fn: BackendFunction): void
  /** The same for grantees other than our functions. */
  grantReadTo(grantee: IGrantable): Grant
  /** Tells `fn` that objects' ETags are not MD5s (S3 API reference, Object). */
  markETags(fn: BackendFunction): void
}

/** https://repost.aws/knowledge-center/s3-large-file-encryption-kms-key */
const writing = ['kms:GenerateDataKey', 'kms:Decrypt']

export const archiveKey = (scope: Construct, arn: string): ArchiveKey => {
  // The service's name ends in the domain of its partition.
  const throughS3 = { StringLike: { 'kms:ViaService': `s3.${Stack.of(scope).region}.amazonaws.com*` } }
  return {
    arn,
    toWrite: new PolicyStatement({ actions: [...writing], resources: [arn], conditions: throughS3 }),
    grantRead: (fn) => fn.allow(['kms:Decrypt'], [arn], throughS3),
    grantReadTo: (grantee) =>
      Grant.addToPrincipal({
        grantee,
        actions: ['kms:Decrypt'],
        resourceArns: [arn],
        conditions: throughS3,
      }),
    markETags: (fn) => fn.setEnv(env.etagIsMd5, 'no'),
  }
}
