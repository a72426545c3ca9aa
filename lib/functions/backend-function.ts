import { type Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { PolicyStatement, type PolicyStatementProps, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { options } from '../options/options.ts'
import { codeOf } from './bundle.ts'

type Conditions = NonNullable<PolicyStatementProps['conditions']>

export type BackendFunctionProps = {
  /** Its file under `lambdas/functions/`, without `.ts`. */
  readonly file: string
  readonly description: string
  readonly timeout: Duration
  /**
   * The queue for events that the function failed on, if it is started asynchronously.
   * @default - none: a caller waits for the answer, or a queue keeps the message
   */
  readonly failures?: IQueue
  /**
   * Reserved concurrency.
   * @default - none
   */
  readonly reserved?: number
}

/**
 * One Lambda function with what all of ours have in common: runtime, memory, JSON logs with a retention, and
 * a role of its own that may only write these logs. Each further right is granted by the construct that owns
 * the resource, together with the environment variable that names the resource.
 */
export class BackendFunction extends Construct {
  readonly lambda: LambdaFunction
  readonly role: Role

  constructor(scope: Construct, id: string, props: BackendFunctionProps) {
    super(scope, id)
    const logGroup = new LogGroup(this, 'Logs', {
      retention: options(this).logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    logGroup.grantWrite(this.role)
    this.lambda = new LambdaFunction(this, 'Function', {
      description: props.description,
      code: codeOf(this, props.file),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: props.timeout,
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      systemLogLevelV2: SystemLogLevel.WARN,
      ...(props.reserved === undefined ? {} : { reservedConcurrentExecutions: props.reserved }),
      ...(props.failures ? { deadLetterQueue: props.failures } : {}),
    })
    // https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build-typescript.html
    if (options(this).sourceMaps === 'on') this.setEnv('NODE_OPTIONS', '--enable-source-maps')
    this.acknowledge(props)
  }

  /** Adds one statement to the function's role. Only grants call this. */
  allow(actions: readonly string[], resources: readonly string[], conditions: Conditions = {}): void {
    this.role.addToPolicy(
      new PolicyStatement({ actions: [...actions], resources: [...resources], conditions }),
    )
  }

  /** Sets an environment variable; `lambdas/runtime/env.ts` has the names. */
  setEnv(name: string, value: string): void {
    this.lambda.addEnvironment(name, value)
  }

  private acknowledge({ failures }: BackendFunctionProps): void {
    Validations.of(this).acknowledge({
      id: 'Serverless-LambdaTracing',
      reason:
        'Log lines carry the ids of request, dock, upload and message; X-Ray would need a right on every resource.',
    })
    if (failures) return
    Validations.of(this).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason: 'Never started asynchronously: the caller or the queue sees the failure.',
    })
  }
}
