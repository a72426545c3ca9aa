import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import * as z from 'zod/mini'
import { type Env, env as names, required } from '../../env.ts'
import { clientSettings } from '../../runtime/aws-client.ts'
import { OwnError } from '../../runtime/own-error.ts'

/** The key pair with which we speak to storage outside AWS. */
const KeyPair = z.object({
  accessKeyId: z.string().check(z.minLength(1)),
  secretAccessKey: z.string().check(z.minLength(1)),
})
export type KeyPair = z.infer<typeof KeyPair>

/**
 * Does something with the key pair; more than once where the pair has been rotated, so it must be safe to
 * repeat.
 */
export type WithKeys = <Result>(use: (keys: KeyPair) => Promise<Result>) => Promise<Result>

/** A rotated key pair is taken up at the latest after this, and at once where the old one is refused. */
const keptMs = 5 * 60_000

/**
 * The key pair in the storage secret, `{ "accessKeyId", "secretAccessKey" }`. It is kept in memory; where the
 * provider refuses it (`isRefusal`), it is read again, and if it has changed the work is done once more: so
 * rotating it needs no deployment.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 * @throws Error for a secret of another form, without a word of what is in it.
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

/** The parser's own error would repeat a part of the secret. */
const parseKeys = (secret: string | undefined): KeyPair => {
  try {
    return KeyPair.parse(JSON.parse(secret ?? ''))
  } catch {
    throw new MalformedSecret('The storage secret must be JSON with accessKeyId and secretAccessKey')
  }
}

const keyCodes = /^(InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied$)/

/** What the SDK makes of an answer in whose body it finds no code. */
const Uncoded = z.object({
  name: z.literal('Unknown'),
  $metadata: z.object({ httpStatusCode: z.literal(403) }),
})

/**
 * Whether an issuer of credentials may be refusing the key pair itself, by its code: Alibaba says
 * `InvalidAccessKeyId.NotFound` or `SignatureDoesNotMatch`; MinIO's STS says `AccessDenied` of an unknown key
 * and of a wrong secret alike (seen of a server of 2026). SeaweedFS's STS refuses in S3's form, of which the
 * SDK reads no code (seen of 4.48).
 */
export const refusesKeys = (error: unknown): boolean =>
  (error instanceof Error && keyCodes.test(error.name)) || Uncoded.safeParse(error).success
