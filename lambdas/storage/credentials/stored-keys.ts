import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import * as z from 'zod/mini'
import { clientSettings } from '../../runtime/aws-client.ts'
import { type Env, env as names, required } from '../../runtime/env.ts'
import { OwnError } from '../../runtime/own-error.ts'

/** Our key pair for storage outside AWS. */
const KeyPair = z.object({
  accessKeyId: z.string().check(z.minLength(1)),
  secretAccessKey: z.string().check(z.minLength(1)),
})
export type KeyPair = z.infer<typeof KeyPair>

/**
 * Calls `use` with the key pair, and again with the new pair if it was rotated. So `use` must be safe to
 * repeat.
 */
export type WithKeys = <Result>(use: (keys: KeyPair) => Promise<Result>) => Promise<Result>

/**
 * How long the key pair is cached. A rotated pair is used after this at the latest, or once the old one is
 * refused.
 */
const keptMs = 5 * 60_000

/**
 * The key pair in the storage secret, `{ "accessKeyId", "secretAccessKey" }`, cached in memory. If the
 * provider refuses it (`isRefusal`), it is read again, and if it has changed the work is repeated. So a
 * rotation needs no deployment.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 * @throws Error if the secret has another form; the message contains nothing of it
 */
export const storedKeys = (
  env: Env,
  isRefusal: (error: unknown) => boolean,
  now: () => number = Date.now,
): WithKeys => {
  const { [names.storageSecret]: SecretId } = required(env, names.storageSecret)
  const client = new SecretsManagerClient(clientSettings())
  let kept: { keys: KeyPair; until: number } | undefined
  const read = async (): Promise<KeyPair> => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }))
    const keys = parseKeys(SecretString)
    kept = { keys, until: now() + keptMs }
    return keys
  }
  return async (use) => {
    const keys = kept && kept.until > now() ? kept.keys : await read()
    try {
      return await use(keys)
    } catch (error) {
      if (!isRefusal(error)) throw error
      const newer = await read()
      if (newer.accessKeyId === keys.accessKeyId && newer.secretAccessKey === keys.secretAccessKey)
        throw error
      return use(newer)
    }
  }
}

class MalformedSecret extends OwnError {
  override readonly name = 'MalformedSecret'
}

/** Replaces the parser's error, which would repeat a part of the secret. */
const parseKeys = (secret: string | undefined): KeyPair => {
  try {
    return KeyPair.parse(JSON.parse(secret ?? ''))
  } catch {
    throw new MalformedSecret('The storage secret must be JSON with accessKeyId and secretAccessKey')
  }
}

const keyCodes = /^(InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied$)/

/** The SDK's error for a response without an error code. */
const Uncoded = z.object({
  name: z.literal('Unknown'),
  $metadata: z.object({ httpStatusCode: z.literal(403) }),
})

/**
 * Whether an issuer of credentials may be refusing the key pair itself, by its error code. Alibaba answers
 * `InvalidAccessKeyId.NotFound` or `SignatureDoesNotMatch`; MinIO's STS answers `AccessDenied` for an unknown
 * key as well as for a wrong secret (seen with a server of 2026). SeaweedFS's STS answers in S3's error
 * format, in which the SDK finds no code (seen with 4.48).
 */
export const refusesKeys = (error: unknown): boolean =>
  (error instanceof Error && keyCodes.test(error.name)) || Uncoded.safeParse(error).success
