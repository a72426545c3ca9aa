import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { declared, Flag, Ignored, type Resources } from './declared.ts'
import type { FunctionSettings } from './functions/function-host.ts'
import type { Functions } from './functions/open-functions.ts'
import type { Principals, Session } from './iam/principals.ts'
import type { PublishedMessage } from './iot/broker.ts'
import { parseRule, type Rule, type RuleMessage } from './iot/sql.ts'
import { parseTemplate } from './iot/substitution.ts'
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

/** The destination of an action; `name` and `resource` appear in its failure message. */
type Target = { name: string; resource: string; send: (payload: Buffer) => void }

/** An action ready to run. Its destination may depend on the message. */
type Action = (message: RuleMessage) => Target

type TopicRule = { name: string; rule: Rule; actions: Action[]; errorAction: Action | undefined }

type RuleIdentity = { arn: string; sqlVersion: string | undefined }

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
  rule: RuleIdentity,
  needs: Needs,
): Promise<Action> | Action =>
  'Sqs' in action ? openSqs(action, rule, needs) : openLambda(action, rule, needs)

/**
 * Invokes the function asynchronously, if its policy allows the rule; what follows is Lambda's
 * responsibility. AWS does not say whether a rule waits until Lambda accepts the event: here it does not.
 * https://docs.aws.amazon.com/iot/latest/developerguide/lambda-rule-action.html
 */
const openLambda = (
  { Lambda: { FunctionArn: arn } }: z.infer<typeof LambdaAction>,
  { arn: ruleArn }: RuleIdentity,
  { functions, mayInvoke }: Needs,
): Action => {
  const to = functions.find(arn)
  const send = (payload: Buffer): void => {
    if (!mayInvoke(service, ruleArn, to.settings))
      throw new Error(`${to.settings.name} lets no ${service} in for ${ruleArn}`)
    void to.startAsync(JSON.parse(payload.toString()))
  }
  const target = { name: 'LambdaAction', resource: arn, send }
  return () => target
}

/**
 * The queue's URL may have substitution templates. Whether a queue of that name exists, and the role may send
 * to it, is then checked with each message; if not, the action fails.
 * https://docs.aws.amazon.com/iot/latest/developerguide/sqs-rule-action.html
 */
const openSqs = async (
  { Sqs: { QueueUrl, RoleArn: roleArn, UseBase64 } }: z.infer<typeof SqsAction>,
  { arn: sourceArn, sqlVersion }: RuleIdentity,
  { principals, queues }: Needs,
): Promise<Action> => {
  const queueUrl = parseTemplate(QueueUrl, sqlVersion)
  if (queueUrl.isFixed) queues.find(QueueUrl)
  const { session } = await assumeAsService(principals, {
    roleArn,
    service,
    sourceArn,
    sessionName: 'iot-rule',
  })
  const send = sender(queues, session, UseBase64 ? 'base64' : 'utf8')
  return (message) => {
    const url = queueUrl.fill(message)
    return { name: 'SqsAction', resource: url, send: (payload) => send(url, payload) }
  }
}

const sender =
  (queues: QueueAccess, session: Session, encoding: BufferEncoding) =>
  (queueUrl: string, payload: Buffer): void =>
    queues.sendAsRole(session, queueUrl, payload.toString(encoding))

/**
 * The message for the error action, one per message however many actions failed.
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
 * Whether the queues' file cannot be written, for instance because the disk is full. AWS has no such failure,
 * and the error action's queue is in the same file. So the error goes to the broker, which does not
 * acknowledge the message.
 */
const isOfThisMachine = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR'

const attempt = (target: Target, payload: Buffer): { failed: string } | undefined => {
  try {
    target.send(payload)
    return undefined
  } catch (error) {
    if (isOfThisMachine(error)) throw error
    return { failed: error instanceof Error ? error.message : String(error) }
  }
}

type Selected = { message: PublishedMessage; seen: RuleMessage; payload: Buffer }

const run = (rule: TopicRule, { message, seen, payload }: Selected, warn: Needs['warn']): void => {
  const failures = rule.actions.flatMap((action) => {
    const target = action(seen)
    const failure = attempt(target, payload)
    return failure
      ? [{ failedAction: target.name, failedResource: target.resource, errorMessage: failure.failed }]
      : []
  })
  if (failures.length === 0) return
  warn(`${rule.name}: ${failures.map(({ errorMessage }) => errorMessage).join('; ')}`)
  const lost = rule.errorAction && attempt(rule.errorAction(seen), failureMessage(rule, message, failures))
  if (lost) warn(`${rule.name}, error action: ${lost.failed}`)
}

/**
 * The template's topic rules. When the returned function returns, every selected message is stored in its
 * queue or on its way to its function. If the rule may do neither, the message is in the rule's failure
 * queue.
 * @throws Error that names the rule whose SQL, action or role is not emulated.
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
          const identity = { arn, sqlVersion: p.AwsIotSqlVersion }
          return {
            name,
            rule: parseRule(p.Sql, p.AwsIotSqlVersion),
            actions: await Promise.all(p.Actions.map((action) => openAction(action, identity, needs))),
            errorAction: p.ErrorAction && (await openAction(p.ErrorAction, identity, needs)),
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
    const seen: RuleMessage = {
      topic: message.topic,
      payload: message.payload,
      now: needs.now,
      newId: randomUUID,
      decoded: new Map(),
      ...(message.clientId === undefined ? {} : { clientId: message.clientId }),
    }
    for (const topicRule of rules) {
      if (!topicRule.rule.matches(message.topic)) continue
      const payload = topicRule.rule.evaluate(seen)
      if (payload) run(topicRule, { message, seen, payload }, needs.warn)
    }
  }
}
