import { Stack, Validations } from 'aws-cdk-lib'
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js'
import type { Construct } from 'constructs'

/**
 * States why a resource pattern in a policy below `scope` cannot be narrower. cdk-nag requires an
 * acknowledgement for each pattern, under the name that it derives from it.
 */
export const acknowledgeWildcard = (scope: Construct, resource: string, reason: string): void => {
  const pattern = flattenCfnReference(Stack.of(scope).resolve(resource))
  Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${pattern}]`, reason })
}
