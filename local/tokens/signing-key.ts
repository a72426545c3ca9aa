import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import * as z from 'zod'
import { readStateFile, writeStateFile } from '../state-file.ts'

/** The issuer's key: `privateKey` signs tokens, the key set shows `publicKey`. */
export type SigningKey = { privateKey: CryptoKey | Uint8Array; publicKey: JWK }

const StoredKey = z.looseObject({
  kty: z.literal('RSA'),
  kid: z.string(),
  n: z.string(),
  e: z.string(),
  d: z.string(),
})
const algorithm = 'RS256'

const create = async (): Promise<JWK> => {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const key = await exportJWK(privateKey)
  return { ...key, kid: crypto.randomUUID(), alg: algorithm, use: 'sig' }
}

/**
 * Without a file every start in this process shares a key, since generating one takes a tenth of a second.
 */
let sharedKey: Promise<JWK> | undefined

const stored = async (file: string): Promise<JWK> => {
  const kept = readStateFile(file, (text) => StoredKey.parse(JSON.parse(text)))
  if (kept) return kept
  const key = await create()
  writeStateFile(file, JSON.stringify(key))
  return key
}

/** The key of the file, generated on the first start, so that tokens stay valid over restarts. */
export const openSigningKey = async (file?: string): Promise<SigningKey> => {
  sharedKey ??= file === undefined ? create() : undefined
  const key = file === undefined ? await (sharedKey ?? create()) : await stored(file)
  const { kty, kid, n, e } = StoredKey.parse(key)
  return {
    privateKey: await importJWK(key, algorithm),
    publicKey: { kty, kid, n, e, alg: algorithm, use: 'sig' },
  }
}
