import assert from 'node:assert/strict'
import { join } from 'node:path'
import * as z from 'zod'
import type { Deployed } from './backend.ts'
import { type Call, runProgram } from './cloud.ts'

const bin = join(import.meta.dirname, '../../bin')

type Env = Record<string, string>

const Resources = z.object({
  StackResources: z.array(
    z.object({ LogicalResourceId: z.string(), PhysicalResourceId: z.string(), ResourceType: z.string() }),
  ),
})

export const resourcesOf = async (call: Call, StackName: string) =>
  (await call('cloudformation', 'describe_stack_resources', { StackName }, Resources)).StackResources

const Stacks = z.object({ Stacks: z.array(z.object({ StackStatus: z.string() })) })

/** What CloudFormation says of a stack; AWS forgets the name of one that is gone, the emulator does not. */
export const statusOf = async (call: Call, StackName: string): Promise<string> => {
  try {
    const { Stacks: found } = await call('cloudformation', 'describe_stacks', { StackName }, Stacks)
    return found[0]?.StackStatus ?? 'DELETE_COMPLETE'
  } catch (error) {
    if (/does not exist/.test(String(error))) return 'DELETE_COMPLETE'
    throw error
  }
}

/** `npm run check-storage`, as an operator runs it. @throws Error with its words where a step fails */
export const checkStorage = (env: Env, { url, token }: Deployed) =>
  runProgram(process.execPath, [join(bin, 'check-storage.ts'), '--url', url], {
    ...env,
    GROUNDCREW_TOKEN: token,
  })

const Events = z.object({ events: z.array(z.object({ message: z.string() })) })

/** What a function of the stack has logged with this text in it. */
export const loggedBy = async (call: Call, stack: string, name: string, text: string): Promise<string[]> => {
  const asked = { logGroupName: await named(call, stack, 'AWS::Logs::LogGroup', name) }
  const { events } = await call('logs', 'filter_log_events', asked, Events)
  return events.map(({ message }) => message).filter((message) => message.includes(text))
}

/** The resource of this type whose logical id has the name in it. */
const named = async (call: Call, stack: string, type: string, name: string): Promise<string> => {
  const found = (await resourcesOf(call, stack)).find(
    ({ LogicalResourceId, ResourceType }) => ResourceType === type && LogicalResourceId.includes(name),
  )
  assert(found, `the stack has no ${type} of ${name}`)
  return found.PhysicalResourceId
}

const Attributes = z.object({ Attributes: z.record(z.string(), z.string()) })

type Loss = { name: 'record-replies'; happens: () => Promise<unknown>; until: Deployed['until'] }

/**
 * Denies a function the table, and lets its messages come back at once, until what happens meanwhile is among
 * its dead letters. Then both are as before.
 */
export const loseMessagesOf = async (call: Call, stack: string, { name, happens, until }: Loss) => {
  const of = name.replace('record-', 'Ingest')
  const [RoleName, QueueUrl, letters] = await Promise.all([
    named(call, stack, 'AWS::IAM::Role', of),
    named(call, stack, 'AWS::SQS::Queue', `${of}Queue`),
    named(call, stack, 'AWS::SQS::Queue', `${of}DeadLetters`),
  ])
  const attributesOf = (url: string) =>
    call('sqs', 'get_queue_attributes', { QueueUrl: url, AttributeNames: ['All'] }, Attributes)
  const { VisibilityTimeout = '' } = (await attributesOf(QueueUrl)).Attributes
  const comeBackAfter = (seconds: string) =>
    call('sqs', 'set_queue_attributes', { QueueUrl, Attributes: { VisibilityTimeout: seconds } }, z.unknown())
  const PolicyName = 'broken'
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: 'dynamodb:*', Resource: '*' }],
  })
  await comeBackAfter('0')
  await call('iam', 'put_role_policy', { RoleName, PolicyName, PolicyDocument }, z.unknown())
  try {
    await happens()
    await until(
      async () => (await attributesOf(letters)).Attributes.ApproximateNumberOfMessages,
      (count) => count === '1',
    )
  } finally {
    await call('iam', 'delete_role_policy', { RoleName, PolicyName }, z.unknown())
    await comeBackAfter(VisibilityTimeout)
  }
}
