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

/** `npm run check-storage`, as an operator runs it. @throws Error with its words where a step fails */
export const checkStorage = (env: Env, { url, token }: Deployed) =>
  runProgram(process.execPath, [join(bin, 'check-storage.ts'), '--url', url], {
    ...env,
    GROUNDCREW_TOKEN: token,
  })

const Events = z.object({ events: z.array(z.object({ message: z.string() })) })

/** What a function of the stack has logged with this text in it. */
export const loggedBy = async (call: Call, stack: string, name: string, text: string): Promise<string[]> => {
  const group = (await resourcesOf(call, stack)).find(
    ({ LogicalResourceId, ResourceType }) =>
      ResourceType === 'AWS::Logs::LogGroup' && LogicalResourceId.includes(name),
  )
  assert(group, `the stack has no log of ${name}`)
  const asked = { logGroupName: group.PhysicalResourceId }
  const { events } = await call('logs', 'filter_log_events', asked, Events)
  return events.map(({ message }) => message).filter((message) => message.includes(text))
}

const Policies = z.object({ PolicyNames: z.array(z.string()) })
const Document = z.object({ PolicyDocument: z.looseObject({}) })

/** Takes the policies of a function's role away; answers what gives them back. */
export const takePoliciesAway = async (call: Call, stack: string, roleOf: string) => {
  const role = (await resourcesOf(call, stack)).find(
    ({ LogicalResourceId, ResourceType }) =>
      ResourceType === 'AWS::IAM::Role' && LogicalResourceId.includes(roleOf),
  )
  assert(role, `the stack has no role ${roleOf}`)
  const RoleName = role.PhysicalResourceId
  const { PolicyNames } = await call('iam', 'list_role_policies', { RoleName }, Policies)
  assert(PolicyNames.length > 0, `${roleOf} has no policy of its own`)
  const documents = await Promise.all(
    PolicyNames.map(async (PolicyName) => {
      const { PolicyDocument } = await call('iam', 'get_role_policy', { RoleName, PolicyName }, Document)
      await call('iam', 'delete_role_policy', { RoleName, PolicyName }, z.unknown())
      return { RoleName, PolicyName, PolicyDocument: JSON.stringify(PolicyDocument) }
    }),
  )
  return async () => {
    for (const one of documents) await call('iam', 'put_role_policy', one, z.unknown())
  }
}
