import { Duration } from 'aws-cdk-lib'
import { CfnRole, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { env } from '../../lambdas/runtime/env.ts'
import { readableObjects } from '../../lambdas/storage/readable-objects.ts'
import type { BackendFunction } from '../functions/backend-function.ts'
import { acknowledgeWildcard } from '../wildcards.ts'
import type { ArchiveKey } from './archive-key.ts'

export type UploadRoleProps = {
  readonly bucket: Pick<IBucket, 'arnForObjects'>
  /**
   * The key that encrypts the bucket.
   * @default - S3's own encryption, which needs no right
   */
  readonly key?: ArchiveKey | undefined
}

/** Tags of each session, which limit the role to one dock's folder. */
const sessionTags = ['fleet', 'dockSn'] as const

/**
 * The most that can be lent to a dock: to upload below `{fleet}/{dockSn}/`, both from the session's tags, for
 * an hour, and only objects that the backend can read. A session policy narrows it to the keys of one upload.
 * The role cannot read, list or delete, nor access versions.
 *
 * Its trust policy names the lending functions one by one, and requires both tags: a session without them
 * would have no folder.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export class UploadRole extends Construct {
  private readonly trust = new PolicyDocument()
  private readonly role: CfnRole

  constructor(scope: Construct, id: string, { bucket, key }: UploadRoleProps) {
    super(scope, id)
    const folder = bucket.arnForObjects(
      `${sessionTags.map((tag) => `\${aws:PrincipalTag/${tag}}`).join('/')}/*`,
    )
    // The plain resource, since the CDK's `Role` needs its trusted principals at creation.
    this.role = new CfnRole(this, 'Resource', {
      description: 'Lent to docks: uploads to the folder of one dock',
      assumeRolePolicyDocument: this.trust,
      maxSessionDuration: Duration.hours(1).toSeconds(),
      policies: [
        {
          policyName: 'UploadToOneDocksFolder',
          policyDocument: new PolicyDocument({
            statements: [
              new PolicyStatement({
                actions: ['s3:PutObject'],
                resources: [folder],
                conditions: readableObjects,
              }),
              new PolicyStatement({
                actions: ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
                resources: [folder],
              }),
              ...(key ? [key.toWrite] : []),
            ],
          }),
        },
      ],
    })
    acknowledgeWildcard(
      this,
      folder,
      'Everything in the folder of one dock; the session policy names the keys.',
    )
  }

  /**
   * Lets `fn` open sessions of this role, with the upload's id as source identity. Both sides must allow
   * that: a function's role is itself a session, and AWS requires the right to set a source identity in the
   * policy of a role that assumes another.
   * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
   */
  grantAssume(fn: BackendFunction): void {
    const principals = [fn.role.grantPrincipal]
    const tagged = Object.fromEntries(sessionTags.map((tag) => [`aws:RequestTag/${tag}`, 'false']))
    this.trust.addStatements(
      new PolicyStatement({
        principals,
        actions: ['sts:AssumeRole', 'sts:TagSession'],
        conditions: { Null: tagged, 'ForAllValues:StringEquals': { 'aws:TagKeys': [...sessionTags] } },
      }),
      new PolicyStatement({ principals, actions: ['sts:SetSourceIdentity'] }),
    )
    fn.allow(['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'], [this.role.attrArn])
    fn.setEnv(env.uploadRole, this.role.attrArn)
  }
}
