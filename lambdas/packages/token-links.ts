import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import * as z from 'zod/mini'
import { clientSettings } from '../runtime/aws-client.ts'
import { type Env, env as names, required } from '../runtime/env.ts'
import { OwnError } from '../runtime/own-error.ts'
import { downloadLink, type TokenKey } from './download-link.ts'
import type { PackageFile } from './package.ts'

/** The id is in the path of links, and is a key of the key-value store. */
const Secret = z.object({
  id: z.string().check(z.regex(/^[A-Za-z0-9-]{1,32}$/)),
  secret: z.string().check(z.minLength(32)),
})

/** A rotated key takes effect after this time at the latest. */
const keptMs = 5 * 60_000

class MalformedTokenKey extends OwnError {
  override readonly name = 'MalformedTokenKey'
}

/** The parser's own error would quote part of the secret. */
const parse = (secret: string | undefined): TokenKey => {
  try {
    return Secret.parse(JSON.parse(secret ?? ''))
  } catch {
    throw new MalformedTokenKey(
      'The secret of package tokens must be JSON with id, 1 to 32 letters, digits or hyphens, and secret, at least 32 characters',
    )
  }
}

/**
 * Links with tokens, signed with the key in the secret `{ "id", "secret" }`, which is read when needed and
 * kept for five minutes. Undefined: such downloads are not deployed, or not possible for this file.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 * @throws Error for a secret of another form, without quoting it; the next call reads it again
 */
export const tokenLinks = (env: Env, now: () => number) => {
  const origin = env[names.packageDownloads]
  if (!origin) return undefined
  const { [names.packageTokenSecret]: SecretId } = required(env, names.packageTokenSecret)
  const client = new SecretsManagerClient(clientSettings())
  let kept: { key: TokenKey; until: number } | undefined
  const currentKey = async (): Promise<TokenKey> => {
    if (kept && kept.until > now()) return kept.key
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }))
    const key = parse(SecretString)
    kept = { key, until: now() + keptMs }
    return key
  }
  return async ({ key, version }: PackageFile, deviceId: string, expiresAt: number) => {
    // The file is in another storage: the stack's own bucket has a version of everything that was proved.
    if (version === undefined) return undefined
    const target = { file: { key, version }, deviceId, expiresAt }
    return { ...downloadLink({ origin, key: await currentKey() }, target), expiresAt }
  }
}
