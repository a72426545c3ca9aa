import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { exportNameOf } from './console/console-backend.ts'
import { Groundcrew } from './groundcrew.ts'

/**
 * Our own app's stack: Groundcrew and its outputs. The CDK leaves this construct id out of logical ids, so
 * that these are as they were before the construct existed.
 * https://docs.aws.amazon.com/cdk/v2/guide/identifiers.html
 */
export class BackendStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps = {}) {
    super(scope, id, props)
    for (const [name, value] of Object.entries(new Groundcrew(this, 'Default').outputs)) {
      const exportName = exportNameOf(this.stackName, name)
      new CfnOutput(this, name, { value, ...(exportName ? { exportName } : {}) })
    }
  }
}
