import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { declared, Flag, Ignored, type Resources } from './declared.ts'
import type { Principals, Session } from './iam/principals.ts'
import type { PublishedMessage } from './iot/broker.ts'
import { parseRule, type Rule } from './iot/sql.ts'
import type { QueueAccess } from './queues/queue-access.ts'
import { assumeAsService } from './roles.ts'

const SqsAction = z.strictObject({
  Sqs: z.strictObject({ QueueUrl: z.string(), RoleArn: z.string(), UseBase64: Flag.default(false) }),
})
const RuleProperties = z.strictObject({
  RuleName: Ignored,
  TopicRulePayload: z.strictObject({
    Actions: z.array(SqsAction).min(1),
    AwsIotSqlVersion: z.string().optional(),
    Description: Ignored,
    ErrorAction: SqsAction.optional(),
    RuleDisabled: Flag.default(false),
    Sql: z.string(),
  }),
  Tags: Ignored,
})

/** An SQS action ready to run: it sends what the rule selected with the rights of the rule's role. */
type Action = { queueUrl: string; send: (payload: Buffer) => void }

type TopicRule = { name: string; rule: Rule; actions: Action[]; errorAction: Action | undefined }

type Needs = { principals: Principals; queues: QueueAccess; now: () => number; warn: (line: string) => void }

const openAction = async (
  { Sqs: { QueueUrl: queueUrl, RoleArn: roleArn, UseBase64 } }: z.infer<typeof SqsAction>,
  ruleArn: string,
  { principals, queues }: Needs,
): Promise<Action> => {
  queues.find(queueUrl)
  const { session } = await assumeAsService(principals, {
    roleArn,
    service: 'iot.amazonaws.com',
    sourceArn: ruleArn,
    sessionName: 'iot-rule',
  })
  return { queueUrl, send: sender(queues, session, queueUrl, UseBase64 ? 'base64' : 'utf8') }
}

const sender =
  (queues: QueueAccess, session: Session, queueUrl: string, encoding: BufferEncoding) =>
  (payload: Buffer): void =>
    queues.sendAsRole(session, queueUrl, payload.toString(encoding))

/**
 * What the error action gets, once per message whatever number of actions failed.
 * https://docs.aws.amazon.com/iot/latest/developerguide/rule-error-handling.html
 */
const failureMessage = (rule: TopicRule, message: PublishedMessage, failures: object[]): Buffer =>
  Buffer.from(
    JSON.stringify({
      ruleName: rule.name,
      topic: message.topic,
      cloudwatchTraceId: message.traceId,
      ...(message.clientId === undefined ? {} : { clientId: message.clientId }),
      base64OriginalPayload: message.payload.toString('base64'),
      failures,
    }),
  )

/**
 * The file of the queues cannot be written, since the disk is full for instance. That is none of AWS's
 * refusals, and the error action's queue is in the same file: the broker is told, and does not acknowledge
 * what nobody has.
 */
const isOfThisMachine = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR'

const attempt = (action: Action, payload: Buffer): { failed: string } | undefined => {
  try {
    action.send(payload)
    return undefined
  } catch (error) {
    if (isOfThisMachine(error)) throw error
    return { failed: error instanceof Error ? error.message : String(error) }
  }
}

const run = (rule: TopicRule, message: PublishedMessage, payload: Buffer, warn: Needs['warn']): void => {
  const failures = rule.actions.flatMap((action) => {
    const failure = attempt(action, payload)
    return failure
      ? [{ failedAction: 'SqsAction', failedResource: action.queueUrl, errorMessage: failure.failed }]
      : []
  })
  if (failures.length === 0) return
  warn(`${rule.name}: ${failures.map(({ errorMessage }) => errorMessage).join('; ')}`)
  const lost = rule.errorAction && attempt(rule.errorAction, failureMessage(rule, message, failures))
  if (lost) warn(`${rule.name}, error action: ${lost.failed}`)
}

/**
 * The topic rules of the template, ready for what devices publish. When the returned function returns,
 * everything that was selected is stored in its queue or, where the rule's role lacks a right, in the rule's
 * failure queue.
 * @throws Error that names the rule whose SQL, action or role cannot be emulated.
 */
export const openTopicRules = async (resources: Resources, needs: Needs) => {
  const opened = declared(resources, 'AWS::IoT::TopicRule', RuleProperties)
    .filter(({ properties }) => !properties.TopicRulePayload.RuleDisabled)
    .map(
      async ({
        logicalId,
        physicalId: name,
        arn,
        properties: { TopicRulePayload: p },
      }): Promise<TopicRule> => {
        try {
          return {
            name,
            rule: parseRule(p.Sql, p.AwsIotSqlVersion),
            actions: await Promise.all(p.Actions.map((action) => openAction(action, arn, needs))),
            errorAction: p.ErrorAction && (await openAction(p.ErrorAction, arn, needs)),
          }
        } catch (error) {
          throw new Error(
            `${logicalId} (AWS::IoT::TopicRule): ${error instanceof Error ? error.message : error}`,
          )
        }
      },
    )
  const rules = await Promise.all(opened)

  return (message: PublishedMessage): void => {
    for (const topicRule of rules) {
      if (!topicRule.rule.matches(message.topic)) continue
      const selected = topicRule.rule.evaluate({
        topic: message.topic,
        payload: message.payload,
        now: needs.now,
        newId: randomUUID,
        ...(message.clientId === undefined ? {} : { clientId: message.clientId }),
      })
      if (selected) run(topicRule, message, selected, needs.warn)
    }
  }
}
