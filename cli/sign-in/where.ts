import * as oidc from 'openid-client'
import * as z from 'zod/mini'
import { Failure } from '../exit.ts'
import type { Environment } from '../settings.ts'

/** The issuer of tokens, and the client to use. */
export type Issuer = { issuer: string; clientId: string; scope: string }

/** A deployment's public sign-in configuration, from `lib/console/console-backend.ts`. */
const Configuration = z.object({
  signIn: z.optional(
    z.object({
      authority: z.url(),
      scope: z.optional(z.string()),
      commandLineClientId: z.optional(z.string()),
    }),
  ),
})

/** Explicit values, which override the deployment's. */
export type Given = { issuer?: string | undefined; clientId?: string | undefined }

export const givenIn = (env: Environment, { issuer, clientId }: Given): Given => ({
  issuer: issuer ?? (env.GROUNDCREW_ISSUER || undefined),
  clientId: clientId ?? (env.GROUNDCREW_CLIENT_ID || undefined),
})

const usualScope = 'openid email'

const readConfiguration = async (url: string): Promise<z.infer<typeof Configuration> | undefined> => {
  const response = await fetch(new URL('/config.json', url)).catch(() => {
    throw new Failure(`No answer from ${url}`, { remedy: 'Check the address, and your network.' })
  })
  if (!response.ok) return undefined
  const configuration = z.safeParse(Configuration, await response.json().catch(() => undefined))
  return configuration.success ? configuration.data : undefined
}

/** Undefined: no sign-in needed. @throws Failure if it is unknown */
export const issuerOf = async (url: string, { issuer, clientId }: Given): Promise<Issuer | undefined> => {
  if (issuer && clientId) return { issuer, clientId, scope: usualScope }
  const configuration = await readConfiguration(url)
  if (!configuration)
    throw new Failure(`${url} does not say where to sign in`, {
      remedy:
        'Give the address of the console as --url, or --issuer and --client-id besides; docs/deploy.md says which.',
    })
  if (!configuration.signIn && !issuer) return undefined
  const client = clientId ?? configuration.signIn?.commandLineClientId
  const at = issuer ?? configuration.signIn?.authority
  if (client === undefined || at === undefined)
    throw new Failure(`${url} names no client for the command line`, {
      remedy: 'Give --client-id, or have the deployment name one: commandLineClientId in docs/deploy.md.',
    })
  return { issuer: at, clientId: client, scope: configuration.signIn?.scope ?? usualScope }
}

/** Plain HTTP to this machine. */
export const isLoopback = ({ protocol, hostname }: URL): boolean =>
  protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname)

/** The issuer's discovered addresses. `secret`: a machine's. @throws Failure */
export const discover = async (
  issuer: string,
  clientId: string,
  secret?: string,
): Promise<oidc.Configuration> => {
  const url = new URL(issuer)
  const authentication = secret === undefined ? oidc.None() : oidc.ClientSecretBasic(secret)
  try {
    return await oidc.discovery(url, clientId, undefined, authentication, {
      // A laptop's own issuer has no certificate; nothing leaves the machine.
      execute: isLoopback(url) ? [oidc.allowInsecureRequests] : [],
    })
  } catch (error) {
    throw new Failure(`The issuer ${issuer} did not answer as expected: ${reasonOf(error)}`, {
      remedy: 'Check the issuer’s address, which must be https, and your network.',
    })
  }
}

/** An issuer's reason for a refusal, or the network's error. */
export const reasonOf = (error: unknown): string => {
  if (error instanceof oidc.ResponseBodyError)
    return [error.error, error.error_description].filter(Boolean).join(', ')
  if (error instanceof oidc.AuthorizationResponseError)
    return [error.error, error.error_description].filter(Boolean).join(', ')
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
