import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3'
import { BucketDeployment, CacheControl, type ISource, Source } from 'aws-cdk-lib/aws-s3-deployment'
import { Construct } from 'constructs'
import { options } from '../options/options.ts'
import { acknowledgeWildcard } from '../wildcards.ts'

export type ConsoleFilesProps = {
  /** The folder that `console-bundle.ts` made. */
  readonly files: string
  /** The page's configuration for this deployment: `/config.json`. */
  readonly config: object
}

/**
 * The console's files in a closed bucket. The names of assets change with their content, so browsers cache
 * them for ever; the page and its configuration are requested each time. Assets of earlier deployments stay,
 * for pages that are open.
 */
export class ConsoleFiles extends Construct {
  readonly bucket: IBucket

  constructor(scope: Construct, id: string, { files, config }: ConsoleFilesProps) {
    super(scope, id)
    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    })
    // The CDK's own types do not support `exactOptionalPropertyTypes`.
    this.bucket = bucket as IBucket
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'It holds the built page and nothing else, which anybody may see.',
    })
    const assets = this.put(
      'Assets',
      [Source.asset(files, { exclude: ['*', '!assets', '!assets/**'] })],
      [CacheControl.setPublic(), CacheControl.maxAge(Duration.days(365)), CacheControl.immutable()],
    )
    // The page is deployed after what it loads.
    const page = [Source.asset(files, { exclude: ['assets'] }), Source.jsonData('config.json', config)]
    this.put('Page', page, [CacheControl.noCache()]).node.addDependency(assets)
    acknowledgeDeployment(Stack.of(this), this.bucket)
  }

  private put(id: string, sources: ISource[], cacheControl: CacheControl[]): BucketDeployment {
    return new BucketDeployment(this, id, {
      sources,
      cacheControl,
      destinationBucket: this.bucket,
      prune: false,
      memoryLimit: 256,
      logGroup: this.log(),
    })
  }

  private log(): LogGroup {
    const found = this.node.tryFindChild('Log')
    if (found instanceof LogGroup) return found
    return new LogGroup(this, 'Log', {
      retention: options(this).logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    })
  }
}

/** Findings about the CDK's own function that copies the files, which ours may not have. */
const ownFunction = [
  'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
  ...['s3:GetBucket*', 's3:GetObject*', 's3:List*', 's3:Abort*', 's3:DeleteObject*'].map(
    (action) => `AwsSolutions-IAM5[Action::${action}]`,
  ),
  // The bucket that `cdk bootstrap` created for assets.
  'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*]',
  'AwsSolutions-L1',
  'Serverless-LambdaDLQ',
  'Serverless-LambdaLatestVersion',
  'Serverless-LambdaTracing',
]

/**
 * Acknowledges these findings: the function is a singleton of the stack, which the CDK creates beside our
 * constructs.
 */
const acknowledgeDeployment = (stack: Stack, bucket: IBucket): void => {
  const reason = "The CDK's own function: it runs while this stack is deployed, and reaches two buckets."
  for (const child of stack.node.children) {
    if (!child.node.id.startsWith('Custom::CDKBucketDeployment')) continue
    for (const id of ownFunction) Validations.of(child).acknowledge({ id, reason })
    acknowledgeWildcard(child, bucket.arnForObjects('*'), reason)
  }
}
