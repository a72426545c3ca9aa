import assert from 'node:assert/strict'
import * as z from 'zod'
import { backendAt } from '../support/story.ts'
import type { Call } from './cloud.ts'

const Client = z.object({ UserPoolClient: z.object({ ClientSecret: z.string() }) })
const Answer = z.union([z.object({ access_token: z.string() }), z.object({ error: z.string() })])

type Outputs = Record<string, string>

export const output = (outputs: Outputs, name: string): string => {
  const value = outputs[name]
  assert(value, `the stack has no output ${name}`)
  return value
}

/** What the pool answers to the stack's machine client: a token, or why there is none. */
export const askForToken = async (call: Call, url: string, outputs: Outputs, scope?: string) => {
  const [UserPoolId, ClientId] = [output(outputs, 'UserPoolId'), output(outputs, 'MachineClientId')]
  const { UserPoolClient } = await call(
    'cognito-idp',
    'describe_user_pool_client',
    { UserPoolId, ClientId },
    Client,
  )
  const response = await fetch(`${url}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${ClientId}:${UserPoolClient.ClientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope ? { scope } : {}) }),
  })
  return Answer.parse(await response.json())
}

/** The deployed backend at this address, as a machine that may do everything. */
export const deployedBackend = (url: string, mqttUrl: string, token: string) => ({
  ...backendAt({ url, mqttUrl, token }, 250),
  url,
  token,
})
export type Deployed = ReturnType<typeof deployedBackend>
