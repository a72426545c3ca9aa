import { CfnOutput, Duration, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager'
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  PriceClass,
  ResponseHeadersPolicy,
  S3OriginAccessControl,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront'
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins'
import type { Construct } from 'constructs'
import { accountWideName } from '../account-wide.ts'
import { options } from '../options/options.ts'
import type { BackendForConsole } from './console-backend.ts'
import { ConsoleFiles } from './console-files.ts'
import { contentSecurityPolicy, permissionsPolicy } from './console-headers.ts'
import { showsPage } from './console-page.ts'

export type ConsoleStackProps = StackProps & {
  /** The folder that `console-bundle.ts` made. */
  readonly files: string
  readonly backend: BackendForConsole
}

/**
 * The operator's web page: its files from a closed bucket and the API, behind one host name, so that they
 * have the same origin. It is a stack of its own, because uploading files needs custom resources, of which
 * the backend has none.
 */
export class ConsoleStack extends Stack {
  constructor(scope: Construct, id: string, { files, backend, ...props }: ConsoleStackProps) {
    super(scope, id, props)
    const { config, signInOrigins, packageAddress, apiHost } = backend
    const { bucket } = new ConsoleFiles(this, 'Files', { files, config })
    const originAccessControl = new S3OriginAccessControl(this, 'AccessControl', {
      originAccessControlName: accountWideName(this),
    })
    const distribution = this.distribute(
      {
        origin: S3BucketOrigin.withOriginAccessControl(bucket, { originAccessControl }),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        compress: true,
        responseHeadersPolicy: this.headers([...signInOrigins, packageAddress]),
        functionAssociations: showsPage(this),
      },
      apiHost,
    )
    new CfnOutput(this, 'ConsoleUrl', {
      value: `https://${distribution.domainName}/`,
      description: 'People sign in here once this is the option consoleUrl of both stacks',
    })
  }

  /**
   * Requests to the API are forwarded unchanged, with token and query, and never cached. Only a policy that
   * forwards all headers forwards `Authorization`; the host must be the API's own.
   * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html,
   * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
   */
  private distribute(page: BehaviorOptions, apiHost: string): Distribution {
    const { consoleDomain, consoleCertificate } = options(this)
    const api: BehaviorOptions = {
      origin: new HttpOrigin(apiHost, { protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY }),
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      allowedMethods: AllowedMethods.ALLOW_ALL,
      cachePolicy: CachePolicy.CACHING_DISABLED,
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    }
    const distribution = new Distribution(this, 'Distribution', {
      comment: 'Groundcrew console',
      defaultRootObject: 'index.html',
      defaultBehavior: page,
      additionalBehaviors: { '/v1/*': api, '/openapi.json': api, '/asyncapi.json': api },
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_ALL,
      ...(consoleDomain && consoleCertificate
        ? {
            domainNames: [consoleDomain],
            certificate: Certificate.fromCertificateArn(this, 'Certificate', consoleCertificate),
          }
        : {}),
    })
    acknowledgeDistribution(distribution)
    return distribution
  }

  private headers(connect: readonly string[]): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, 'Headers', {
      responseHeadersPolicyName: accountWideName(this),
      comment: 'Groundcrew console',
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: contentSecurityPolicy(connect), override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.SAME_ORIGIN, override: true },
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          includeSubdomains: true,
          override: true,
        },
      },
      customHeadersBehavior: {
        customHeaders: [
          { header: 'Cross-Origin-Opener-Policy', value: 'same-origin', override: true },
          { header: 'Permissions-Policy', value: permissionsPolicy, override: true },
        ],
      },
    })
  }
}

const acknowledgeDistribution = (distribution: Distribution): void => {
  for (const [id, reason] of [
    ['AwsSolutions-CFR1', 'Operators may be anywhere; who may do what is decided by tokens.'],
    [
      'AwsSolutions-CFR2',
      'The page is public and static; the API behind it throttles and checks tokens itself.',
    ],
    [
      'AwsSolutions-CFR3',
      "The API logs every request with its caller; the page's files contain nothing confidential.",
    ],
    [
      'AwsSolutions-CFR4',
      "CloudFront's own name comes with its own certificate and TLS settings; -c consoleDomain takes another.",
    ],
  ] as const)
    Validations.of(distribution).acknowledge({ id, reason })
}
