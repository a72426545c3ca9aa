import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { exportNameOf } from './console-backend.ts'
import { Groundcrew } from './groundcrew.ts'

/**
 * Our own app's stack: Groundcrew, and its outputs. The construct's id is one that the CDK leaves out of logical ids, so those
 * are as they were before there was such a construct.
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
