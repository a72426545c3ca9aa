import { Aws } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnTopicRule } from 'aws-cdk-lib/aws-iot'
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'

/** Messages of which `where` is true go to another queue: an expression of AWS IoT SQL that is true or false. */
export type Diversion = { readonly where: string; readonly to: IQueue }

export type TopicRuleProps = {
  readonly sql: string
  readonly description: string
  /** Gets what the rule selects, one message each. */
  readonly target:
    | { readonly queue: IQueue; readonly divert?: Diversion | undefined }
    | { readonly function: IFunction }
  /** Gets what the target refuses. */
  readonly failures: IQueue
}

/**
 * One rule and one action, whichever queue it is: each rule that looks at a topic costs for each message on it.
 * https://docs.aws.amazon.com/iot/latest/developerguide/sqs-rule-action.html
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-case.html
 */
const urlOf = (queue: IQueue, divert: Diversion | undefined): string =>
  divert
    ? `\${CASE ${divert.where} WHEN true THEN '${divert.to.queueUrl}' ELSE '${queue.queueUrl}' END}`
    : queue.queueUrl

/**
 * IoT Core hands what devices publish to a queue, or starts a function with it, asynchronously. Should either
 * refuse it, the message goes to a queue for failures, with the topic, the original payload in base64 and the
 * reason.
 *
 * The SQL version is set because CloudFormation's default is the one of 2015, which reads numbers and `*`
 * differently.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-rule-sql-version.html
 * https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html
 */
export class TopicRule extends Construct {
  /** What its metrics go by. */
  readonly ruleName: string

  constructor(scope: Construct, id: string, { sql, description, target, failures }: TopicRuleProps) {
    super(scope, id)
    // Checked so that no other account's rule can use the role.
    // https://docs.aws.amazon.com/iot/latest/developerguide/iot-create-role.html
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('iot.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    })
    const sendTo = (queue: IQueue, divert?: Diversion): CfnTopicRule.ActionProperty => {
      const resources = [queue, ...(divert ? [divert.to] : [])].map(({ queueArn }) => queueArn)
      role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources }))
      return { sqs: { queueUrl: urlOf(queue, divert), roleArn: role.roleArn, useBase64: false } }
    }
    const rule = new CfnTopicRule(this, 'Rule', {
      topicRulePayload: {
        sql,
        description,
        awsIotSqlVersion: '2016-03-23',
        ruleDisabled: false,
        actions: [
          'queue' in target
            ? sendTo(target.queue, target.divert)
            : { lambda: { functionArn: target.function.functionArn } },
        ],
        errorAction: sendTo(failures),
      },
    })
    rule.node.addDependency(role)
    this.ruleName = rule.ref
    if ('function' in target) this.letStart(target.function, rule)
  }

  /**
   * A function is started by what its own policy lets in, not by the rule's role. Only this rule of this
   * account is.
   * https://docs.aws.amazon.com/iot/latest/developerguide/lambda-rule-action.html
   */
  private letStart(fn: IFunction, rule: CfnTopicRule): void {
    new CfnPermission(this, 'Permission', {
      action: 'lambda:InvokeFunction',
      functionName: fn.functionArn,
      principal: 'iot.amazonaws.com',
      sourceArn: rule.attrArn,
      sourceAccount: Aws.ACCOUNT_ID,
    })
  }
}
