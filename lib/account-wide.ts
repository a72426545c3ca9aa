import { Aws, Stack } from 'aws-cdk-lib'
import type { Construct } from 'constructs'

/**
 * A name that is unique in the account, for resources that belong to the account rather than the region. It
 * fits into the 64 characters of CloudFront's functions and access controls, since the option `stackName` is
 * limited.
 * https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateFunction.html
 * https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginAccessControlConfig.html
 */
export const accountWideName = (scope: Construct): string => `${Stack.of(scope).stackName}-${Aws.REGION}`
