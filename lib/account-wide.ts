import { Aws, Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'

/**
 * A name that no other stack of the account has, for what has to have a name and is the account's rather than
 * the region's. It fits into the 64 characters of CloudFront's functions and access controls, as the option
 * `stackName` is limited.
 * https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateFunction.html
 * https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginAccessControlConfig.html
 */
export const accountWideName = (scope: Construct): string => `${Stack.of(scope).stackName}-${Aws.REGION}`
