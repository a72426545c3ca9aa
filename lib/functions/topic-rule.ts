import { Aws } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnTopicRule } from 'aws-cdk-lib/aws-iot'
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'

/** Messages for which `where` holds go to another queue; `where` is a boolean expression in AWS IoT SQL. */
export type Diversion = { readonly where: string; readonly to: IQueue }

export type TopicRuleProps = {
  readonly sql: string
  readonly description: string
  /** Gets each message that the rule selects. */
  readonly target:
    | { readonly queue: IQueue; readonly divert?: Diversion | undefined }
    | { readonly function: IFunction }
  /** Gets messages that the target refused. */
  readonly failures: IQueue
}

/**
 * One rule and one action for both queues: each rule on a topic costs for each message on it.
 * https://docs.aws.amazon.com/iot/latest/developerguide/sqs-rule-action.html
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-case.html
 */
const urlOf = (queue: IQueue, divert: Diversion | undefined): string =>
  divert
    ? `\${CASE ${divert.where} WHEN true THEN '${divert.to.queueUrl}' ELSE '${queue.queueUrl}' END}`
    : queue.queueUrl

/**
 * A topic rule, with which IoT Core puts devices' messages into a queue, or starts a function asynchronously.
 * If either refuses a message, it goes to a failure queue with the topic, the original payload in base64 and
 * the reason.
 *
 * The SQL version is set because CloudFormation's default is that of 2015, which treats numbers and `*`
 * differently.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-rule-sql-version.html
 * https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html
 */
export class TopicRule extends Construct {
  /** The dimension of its metrics. */
  readonly ruleName: string

  constructor(scope: Construct, id: string, { sql, description, target, failures }: TopicRuleProps) {
    super(scope, id)
    // The condition keeps rules of other accounts from using the role.
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
    if ('function' in target) this.allowInvocation(target.function, rule)
  }

  /**
   * A rule starts a function by the function's policy, not by the rule's role. It allows only this rule of
   * this account.
   * https://docs.aws.amazon.com/iot/latest/developerguide/lambda-rule-action.html
   */
  private allowInvocation(fn: IFunction, rule: CfnTopicRule): void {
    new CfnPermission(this, 'Permission', {
      action: 'lambda:InvokeFunction',
      functionName: fn.functionArn,
      principal: 'iot.amazonaws.com',
      sourceArn: rule.attrArn,
      sourceAccount: Aws.ACCOUNT_ID,
    })
  }
}
