import { Stack } from 'aws-cdk-lib'
import { Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { env } from '../lambdas/env.ts'
import type { BackendFunction } from './backend-function.ts'

/**
 * The KMS key that encrypts the bucket, as those who use the bucket need it: through S3 in this region, and
 * not by itself. Where the key's own policy leaves access to IAM, as that of a new key does, nothing else is
 * needed; `docs/deploy.md` has the other case.
 */
export type ArchiveKey = {
  readonly arn: string
  /**
   * For whoever uploads: S3 decrypts the parts of an upload to put them together, so writing needs both
   * rights.
   */
  readonly toWrite: PolicyStatement
  /** Lets `fn` read what the key has encrypted. */
  grantRead(fn: BackendFunction): void
  /** The same for whoever is no function of ours. */
  grantReadTo(scope: Construct, grantee: IGrantable): Grant
  /** Tells `fn` that the ETag of an object is no MD5 (S3 API reference, Object). */
  explainETags(fn: BackendFunction): void
}

/** https://repost.aws/knowledge-center/s3-large-file-encryption-kms-key */
const writing = ['kms:GenerateDataKey', 'kms:Decrypt']

export const archiveKey = (scope: Construct, arn: string): ArchiveKey => {
  // The service's name has the domain of its partition at its end.
  const throughS3 = { StringLike: { 'kms:ViaService': `s3.${Stack.of(scope).region}.amazonaws.com*` } }
  return {
    arn,
    toWrite: new PolicyStatement({ actions: [...writing], resources: [arn], conditions: throughS3 }),
    grantRead: (fn) => fn.allow(['kms:Decrypt'], [arn], throughS3),
    grantReadTo: (scope, grantee) =>
      Grant.addToPrincipal({
        scope,
        grantee,
        actions: ['kms:Decrypt'],
        resourceArns: [arn],
        conditions: throughS3,
      }),
    explainETags: (fn) => fn.tell(env.etagIsMd5, 'no'),
  }
}
