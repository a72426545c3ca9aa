import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { declared, Flag, Ignored, type Resources } from './declared.ts'
import type { FunctionSettings } from './functions/function-host.ts'
import type { Functions } from './functions/open-functions.ts'
import type { Principals, Session } from './iam/principals.ts'
import type { PublishedMessage } from './iot/broker.ts'
import { parseRule, type Rule } from './iot/sql.ts'
import type { QueueAccess } from './queues/queue-access.ts'
import { assumeAsService } from './roles.ts'

const SqsAction = z.strictObject({
  Sqs: z.strictObject({ QueueUrl: z.string(), RoleArn: z.string(), UseBase64: Flag.default(false) }),
})
const LambdaAction = z.strictObject({ Lambda: z.strictObject({ FunctionArn: z.string() }) })
const RuleProperties = z.strictObject({
  RuleName: Ignored,
  TopicRulePayload: z.strictObject({
    Actions: z.array(z.union([SqsAction, LambdaAction])).min(1),
    AwsIotSqlVersion: z.string().optional(),
    Description: Ignored,
    ErrorAction: SqsAction.optional(),
    RuleDisabled: Flag.default(false),
    Sql: z.string(),
  }),
  Tags: Ignored,
})

/** An action ready to run: it hands on what the rule selected. `name` and `resource` are of its failure. */
type Action = { name: string; resource: string; send: (payload: Buffer) => void }

type TopicRule = { name: string; rule: Rule; actions: Action[]; errorAction: Action | undefined }

type Needs = {
  principals: Principals
  queues: QueueAccess
  functions: Pick<Functions, 'find'>
  mayInvoke: (service: string, sourceArn: string, to: FunctionSettings) => boolean
  now: () => number
  warn: (line: string) => void
}

const service = 'iot.amazonaws.com'

const openAction = (
  action: z.infer<typeof SqsAction> | z.infer<typeof LambdaAction>,
  ruleArn: string,
  needs: Needs,
): Promise<Action> | Action =>
  'Sqs' in action ? openSqs(action, ruleArn, needs) : openLambda(action, ruleArn, needs)

/**
 * Starts the function asynchronously, as far as its policy lets the rule in; what becomes of it is Lambda's
 * matter. AWS says nothing of whether a rule waits for Lambda to take the event: here it does not.
 * https://docs.aws.amazon.com/iot/latest/developerguide/lambda-rule-action.html
 */
const openLambda = (
  { Lambda: { FunctionArn: arn } }: z.infer<typeof LambdaAction>,
  ruleArn: string,
  { functions, mayInvoke }: Needs,
): Action => {
  const to = functions.find(arn)
  const send = (payload: Buffer): void => {
    if (!mayInvoke(service, ruleArn, to.settings))
      throw new Error(`${to.settings.name} lets no ${service} in for ${ruleArn}`)
    void to.startAsync(JSON.parse(payload.toString()))
  }
  return { name: 'LambdaAction', resource: arn, send }
}

const openSqs = async (
  { Sqs: { QueueUrl: queueUrl, RoleArn: roleArn, UseBase64 } }: z.infer<typeof SqsAction>,
  ruleArn: string,
  { principals, queues }: Needs,
): Promise<Action> => {
  queues.find(queueUrl)
  const { session } = await assumeAsService(principals, {
    roleArn,
    service,
    sourceArn: ruleArn,
    sessionName: 'iot-rule',
  })
  return {
    name: 'SqsAction',
    resource: queueUrl,
    send: sender(queues, session, queueUrl, UseBase64 ? 'base64' : 'utf8'),
  }
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
      ? [{ failedAction: action.name, failedResource: action.resource, errorMessage: failure.failed }]
      : []
  })
  if (failures.length === 0) return
  warn(`${rule.name}: ${failures.map(({ errorMessage }) => errorMessage).join('; ')}`)
  const lost = rule.errorAction && attempt(rule.errorAction, failureMessage(rule, message, failures))
  if (lost) warn(`${rule.name}, error action: ${lost.failed}`)
}

/**
 * The topic rules of the template, ready for what devices publish. When the returned function returns,
 * everything that was selected is stored in its queue, is on its way to its function or, where the rule may not
 * do either, is in the rule's failure queue.
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
