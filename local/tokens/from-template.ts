import { createHmac } from 'node:crypto'
import * as z from 'zod'
import { declared, Flag, Num, type Resources } from '../declared.ts'
import type { Client } from './client.ts'

const unitSeconds = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 }

const Unit = z.enum(['seconds', 'minutes', 'hours', 'days'])

const ClientProperties = z.looseObject({
  AccessTokenValidity: Num.default(60),
  AllowedOAuthFlows: z.array(z.string()).default([]),
  AllowedOAuthScopes: z.array(z.string()).default([]),
  EnableTokenRevocation: Flag.default(true),
  RefreshTokenValidity: Num.default(30),
  CallbackURLs: z.array(z.string()).default([]),
  GenerateSecret: Flag.default(false),
  TokenValidityUnits: z
    .looseObject({ AccessToken: Unit.default('hours'), RefreshToken: Unit.default('days') })
    .default({ AccessToken: 'hours', RefreshToken: 'days' }),
})

/** A client's secret: the same at every start, as long as `secret` is. */
export const clientSecret = (secret: string, clientId: string): string =>
  createHmac('sha256', secret).update(`client secret of ${clientId}`).digest('base64url')

const refreshOf = ({
  RefreshTokenValidity,
  TokenValidityUnits,
  EnableTokenRevocation,
}: z.output<typeof ClientProperties>) => ({
  lifetimeSeconds: RefreshTokenValidity * unitSeconds[TokenValidityUnits.RefreshToken],
  revocable: EnableTokenRevocation,
})

/** The clients of the user pool; those with client credentials first. */
export const readClients = (resources: Resources, secret: string): Client[] =>
  declared(resources, 'AWS::Cognito::UserPoolClient', ClientProperties)
    .map(({ physicalId, properties: p }) => ({
      id: physicalId,
      secret: p.GenerateSecret ? clientSecret(secret, physicalId) : undefined,
      scopes: p.AllowedOAuthScopes,
      clientCredentials: p.AllowedOAuthFlows.includes('client_credentials'),
      ...(p.AllowedOAuthFlows.includes('code')
        ? { callbackUrls: p.CallbackURLs, refresh: refreshOf(p) }
        : {}),
      lifetimeSeconds: p.AccessTokenValidity * unitSeconds[p.TokenValidityUnits.AccessToken],
    }))
    .sort((a, b) => Number(b.clientCredentials) - Number(a.clientCredentials))
