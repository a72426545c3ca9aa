/**
 * Custom authentication: a function, the authorizer, decides about each client that connects; its answer has
 * the connection's policy. https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth-lambda.html
 *
 * The authorizer has five seconds. A late, invalid or missing answer refuses the connection. When the policy
 * is due for a refresh, the authorizer is invoked again with the same credentials. AWS does not document what
 * becomes of a connection whose refresh fails; here it ends. The password is sent as base64.
 */
import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { evaluate } from '../iam/evaluate.ts'
import { type Policy, parsePolicy } from '../iam/policy.ts'
import type { ClientAction } from './client-action.ts'
import type { Credentials } from './edge.ts'
import type { DisconnectReason } from './lifecycle.ts'
import { Refusal } from './refusal.ts'

export type CustomAuthOptions = {
  /** Invokes the authorizer. */
  ask: (event: object) => Promise<unknown>
  /** The prefix of the broker's ARNs: `arn:aws:iot:{region}:{account}`. */
  iot: string
}

/** Ends a connection, and gives the reason in the log and in its lifecycle event. */
type End = (refusal: Refusal, reason: DisconnectReason) => void

const patienceMs = 5_000
const mostDocuments = 10
const longestDocument = 2048

const Seconds = z.int().min(300).max(86_400)
const Answer = z.object({
  isAuthenticated: z.boolean(),
  principalId: z.string().regex(/^[A-Za-z0-9]{1,128}$/),
  disconnectAfterInSeconds: Seconds,
  refreshAfterInSeconds: Seconds,
  policyDocuments: z.array(z.looseObject({})).max(mostDocuments),
})

type Grant = {
  principal: string
  policies: Policy[]
  refreshMs: number
  disconnectMs: number
}

const refusal = (reason: string): Refusal =>
  new Refusal('notAuthorized', reason, 'docs/edge.md has how a dock connects with an account.')

const readPolicy = (document: object): Policy => {
  if (JSON.stringify(document).length > longestDocument)
    throw refusal(`the authorizer's policy has more than ${longestDocument} characters`)
  const parsed = parsePolicy(document, 'identity')
  if (parsed.outcome === 'refused') throw refusal(`the authorizer's policy: ${parsed.reason}`)
  return parsed.policy
}

const readAnswer = (answer: unknown): Grant => {
  const { success, data, error } = Answer.safeParse(answer)
  if (!success) throw refusal(`the authorizer's answer: ${z.prettifyError(error).replaceAll('\n', ' ')}`)
  if (!data.isAuthenticated) throw refusal('its user name, password or client id is not right')
  return {
    principal: data.principalId,
    policies: data.policyDocuments.map(readPolicy),
    refreshMs: data.refreshAfterInSeconds * 1000,
    disconnectMs: data.disconnectAfterInSeconds * 1000,
  }
}

/** The authorizer's event. A field that the client did not send is left out. */
const eventOf = ({ clientId, username, password }: Credentials, id: string): object => ({
  protocolData: {
    tls: { serverName: 'localhost' },
    mqtt: {
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password: password.toString('base64') }),
      ...(clientId !== '' && { clientId }),
    },
  },
  protocols: ['tls', 'mqtt'],
  signatureVerified: false,
  connectionMetadata: { id },
})

const resourceOf = (iot: string, { action, clientId, topic = '' }: ClientAction): string => {
  if (action === 'iot:Connect') return `${iot}:client/${clientId}`
  return `${iot}:${action === 'iot:Subscribe' ? 'topicfilter' : 'topic'}/${topic}`
}

type After = (ms: number, run: () => void) => () => void

const inTime = <Result>(after: After, work: Promise<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    const late = after(patienceMs, () => reject(refusal('the authorizer did not answer within 5 seconds')))
    work.then(resolve, reject).finally(late)
  })

/** The connections that use custom authentication, each by its client's object. */
export const createCustomAuth = ({ ask, iot, after }: CustomAuthOptions & { after: After }) => {
  const grants = new WeakMap<object, Grant>()
  const timers = new WeakMap<object, (() => void)[]>()

  const grantFor = async (credentials: Credentials, connectionId: string): Promise<Grant> => {
    const asked = ask(eventOf(credentials, connectionId)).catch((error) => {
      throw refusal(`the authorizer failed: ${error instanceof Error ? error.message : error}`)
    })
    return readAnswer(await inTime(after, asked))
  }

  /** Invokes the authorizer again whenever the policy is due for a refresh. */
  const refreshLater = (client: object, again: () => Promise<Grant>, end: End): void => {
    const grant = grants.get(client)
    if (!grant) return
    const refresh = async (): Promise<void> => {
      try {
        const next = await again()
        if (!grants.has(client)) return
        grants.set(client, next)
        refreshLater(client, again, end)
      } catch (error) {
        end(error instanceof Refusal ? error : refusal('its policy could not be refreshed'), 'AUTH_ERROR')
      }
    }
    timers.get(client)?.push(after(grant.refreshMs, () => void refresh()))
  }

  return {
    /** @throws Refusal */
    admit: async (client: object, credentials: Credentials, end: End): Promise<void> => {
      const connectionId = randomUUID()
      const again = () => grantFor(credentials, connectionId)
      const grant = await again()
      grants.set(client, grant)
      const expire = () => end(refusal('its login has expired'), 'CUSTOMAUTH_TTL_EXPIRATION')
      timers.set(client, [after(grant.disconnectMs, expire)])
      refreshLater(client, again, end)
    },
    may: (client: object, action: ClientAction): boolean =>
      evaluate(
        { identity: grants.get(client)?.policies ?? [] },
        { action: action.action, resource: resourceOf(iot, action), context: {} },
      ) === 'allow',
    principalOf: (client: object): string | undefined => grants.get(client)?.principal,
    left: (client: object): void => {
      for (const cancel of timers.get(client) ?? []) cancel()
      timers.delete(client)
      grants.delete(client)
    },
  }
}
export type CustomAuth = ReturnType<typeof createCustomAuth>
