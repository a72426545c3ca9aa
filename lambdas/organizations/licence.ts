import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import * as z from 'zod/mini'
import type { Licence } from '../../protocols/dji-dock/down.ts'
import { clientSettings } from '../runtime/aws-client.ts'
import { type Env, env as names, required } from '../runtime/env.ts'
import { OwnError } from '../runtime/own-error.ts'

const Text = z.string().check(z.minLength(1))

/** The vendor's pages show the id both as a number and as a string. */
const Secret = z.object({
  appId: z.union([Text, z.pipe(z.number(), z.transform(String))]),
  appKey: Text,
  appLicense: Text,
})

/**
 * A changed licence takes effect after this time at the latest; docks ask for it at their next connection.
 */
const keptMs = 5 * 60_000

class MalformedLicence extends OwnError {
  override readonly name = 'MalformedLicence'
}

/** The parser's own error would quote part of the secret. */
const parse = (secret: string | undefined): Licence => {
  try {
    return Secret.parse(JSON.parse(secret ?? ''))
  } catch {
    throw new MalformedLicence(
      'The licence secret must be JSON with appId, appKey and appLicense, none empty',
    )
  }
}

/**
 * The values of the vendor's app, in a secret `{ "appId", "appKey", "appLicense" }`, which is kept in memory
 * for a while.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 * @throws Error for a secret of another form, without quoting it; the next call reads it again
 */
export const licenceReader = (env: Env, now: () => number = Date.now): (() => Promise<Licence>) => {
  const { [names.dockLicenceSecret]: SecretId } = required(env, names.dockLicenceSecret)
  const client = new SecretsManagerClient(clientSettings())
  let kept: { licence: Licence; until: number } | undefined
  return async () => {
    if (kept && kept.until > now()) return kept.licence
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }))
    const licence = parse(SecretString)
    kept = { licence, until: now() + keptMs }
    return licence
  }
}

/** The time server for docks, from `host` or `host:port`. */
export const timeServer = (env: Env): { ntpHost?: string; ntpPort?: number } => {
  const [host, port] = (env[names.ntpHost] ?? '').split(':')
  if (!host) return {}
  return { ntpHost: host, ...(port ? { ntpPort: Number(port) } : {}) }
}
