import { Annotations, Validations } from 'aws-cdk-lib'
import {
  AccessLevel,
  AllowedMethods,
  CacheHeaderBehavior,
  CachePolicy,
  CacheQueryStringBehavior,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HttpVersion,
  type IKeyValueStore,
  KeyValueStore,
  S3OriginAccessControl,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront'
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import { env } from '../../lambdas/runtime/env.ts'
import { accountWideName } from '../account-wide.ts'
import type { BackendFunction } from '../functions/backend-function.ts'
import { gateCode } from './package-gate.ts'

export type PackageDownloadsProps = { readonly bucket: IBucket }

/**
 * The query parameters that the gate sends to the bucket; no others are forwarded, or are part of the cache
 * key.
 */
const forwardedParameters = ['versionId', 'response-content-disposition']

/**
 * Downloads of packages with a token (`-c packageDownloads=on`): CloudFront in front of the closed bucket. S3
 * itself would refuse the header with the token; the gate checks it here, and CloudFront signs the request
 * itself.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
 *
 * Secrets Manager generates the tokens' key, which is in no template. CloudFormation can fill a key-value
 * store only from a file, so whoever deploys copies the key there once (docs/deploy.md).
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudfront-keyvaluestore.html
 *
 * No redirects and no compression: some devices do not follow the former, and need the length. The host name
 * is CloudFront's own, which is short.
 */
export class PackageDownloads extends Construct {
  readonly outputs: Record<string, string>
  private readonly secret: Secret
  private readonly origin: string

  constructor(scope: Construct, id: string, { bucket }: PackageDownloadsProps) {
    super(scope, id)
    this.secret = new Secret(this, 'TokenKey', {
      description: 'Groundcrew: signs the tokens that open packages',
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ id: '1' }),
        generateStringKey: 'secret',
        excludePunctuation: true,
        passwordLength: 64,
      },
    })
    const keys = new KeyValueStore(this, 'Keys', {
      keyValueStoreName: accountWideName(this),
      comment: 'Groundcrew: keys of the tokens that open packages',
    })
    const distribution = this.distribute(bucket, keys)
    this.origin = `https://${distribution.distributionDomainName}:443`
    this.outputs = {
      PackageTokenSecretArn: this.secret.secretArn,
      PackageTokenKeysArn: keys.keyValueStoreArn,
    }
    this.acknowledge(distribution)
    acknowledgeKey(scope)
  }

  /** Tells `fn` that such downloads are deployed. */
  grantKnow(fn: BackendFunction): void {
    fn.setEnv(env.packageDownloads, this.origin)
  }

  /** Lets `fn` sign tokens. */
  grantSign(fn: BackendFunction): void {
    this.grantKnow(fn)
    fn.allow(['secretsmanager:GetSecretValue'], [this.secret.secretArn])
    fn.setEnv(env.packageTokenSecret, this.secret.secretArn)
  }

  private distribute(bucket: IBucket, keyValueStore: IKeyValueStore): Distribution {
    const originAccessControl = new S3OriginAccessControl(this, 'AccessControl', {
      originAccessControlName: accountWideName(this),
    })
    return new Distribution(this, 'Distribution', {
      comment: 'Groundcrew packages',
      httpVersion: HttpVersion.HTTP1_1,
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(bucket, {
          originAccessControl,
          // The gate's requests name a version, which is a separate right in S3.
          originAccessLevels: [AccessLevel.READ_VERSIONED],
        }),
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        compress: false,
        cachePolicy: new CachePolicy(this, 'Cache', {
          cachePolicyName: accountWideName(this),
          comment: 'Groundcrew packages, whose versions never change',
          queryStringBehavior: CacheQueryStringBehavior.allowList(...forwardedParameters),
          headerBehavior: CacheHeaderBehavior.none(),
        }),
        functionAssociations: [
          { eventType: FunctionEventType.VIEWER_REQUEST, function: this.gate(keyValueStore) },
        ],
      },
    })
  }

  private gate(keyValueStore: IKeyValueStore): EdgeFunction {
    return new EdgeFunction(this, 'Gate', {
      functionName: accountWideName(this),
      code: FunctionCode.fromInline(gateCode),
      runtime: FunctionRuntime.JS_2_0,
      comment: 'Opens packages to devices that have the token',
      keyValueStore,
    })
  }

  private acknowledge(distribution: Distribution): void {
    for (const [id, reason] of [
      ['AwsSolutions-CFR1', 'Devices may be anywhere; who may open a package is decided by tokens.'],
      ['AwsSolutions-CFR2', 'It serves only files, each with a token of its own.'],
      [
        'AwsSolutions-CFR3',
        'Which device was offered what is in the records; devices report their downloads.',
      ],
      ['AwsSolutions-CFR4', "CloudFront's own name comes with its own certificate and TLS settings."],
    ] as const)
      Validations.of(distribution).acknowledge({ id, reason })
    Validations.of(this.secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'It has to be copied to the key-value store first; docs/deploy.md says how to rotate it.',
    })
  }
}

/** The key's policy belongs to its owner; docs/deploy.md has what it needs, only for this distribution. */
const acknowledgeKey = (scope: Construct): void => {
  for (const warning of ['updateImportedKeyPolicyOac', 'wildcardKeyPolicyForOac'])
    Annotations.of(scope).acknowledgeWarning(`@aws-cdk/aws-cloudfront-origins:${warning}`)
}
