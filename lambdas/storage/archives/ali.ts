import { isIP } from 'node:net'
import { HttpRequest } from '@smithy/protocol-http'
import signer from 'ali-oss/lib/common/signUtils.js'
import { type Env, env as names, required } from '../../env.ts'
import type { KeyPair } from '../credentials/stored-keys.ts'
import { type Archives, escapedPath, type Presign, type PresignWith } from './presigned-requests.ts'
import { archivesWithStoredKeys } from './with-stored-keys.ts'

/** The archives in Alibaba Cloud OSS. */
export const archives = (env: Env): Archives => {
  const given = required(env, names.bucket, names.storageEndpoint, names.storageRegion)
  const place = {
    endpoint: given[names.storageEndpoint],
    bucket: given[names.bucket],
    region: given[names.storageRegion],
  }
  return archivesWithStoredKeys(env, (keys) => presignOss({ ...place, keys }))
}

export const provider = 'ali'

/** Requests as a dock makes them. */
export const presignWith: PresignWith = ({ credentials, ...place }) =>
  presignOss({ ...place, keys: credentials })

type Signing = {
  endpoint: string
  bucket: string
  region: string
  keys: KeyPair & { sessionToken?: string }
}

/**
 * Requests with OSS's signature version 4 in the query, made by the signer of Alibaba's own SDK, whose client
 * would be three times a function.
 * https://www.alibabacloud.com/help/en/oss/developer-reference/add-signatures-to-urls
 */
const presignOss =
  ({ endpoint, bucket, region, keys }: Signing): Presign =>
  async ({ method, key, query, lifetimeSeconds }) => {
    const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
    const day = date.slice(0, 8)
    const queries = {
      // The signer, as OSS does, tells a parameter without a value from one whose value is empty.
      ...Object.fromEntries(
        Object.entries(query).map(([name, value]) => [name, value === '' ? null : value]),
      ),
      'x-oss-signature-version': 'OSS4-HMAC-SHA256',
      'x-oss-credential': signer.getCredential(day, region, keys.accessKeyId),
      'x-oss-date': date,
      'x-oss-expires': String(lifetimeSeconds),
      ...(keys.sessionToken ? { 'x-oss-security-token': keys.sessionToken } : {}),
    }
    const canonical = signer.getCanonicalRequest(method, { headers: {}, queries }, bucket, key, [])
    const stringToSign = signer.getStringToSign(region, date, canonical)
    const signature = signer.getSignatureV4(keys.secretAccessKey, day, region, stringToSign)
    return new HttpRequest({
      method,
      ...addressOf(endpoint, bucket, key),
      query: { ...queries, 'x-oss-signature': signature },
    })
  }

/**
 * OSS takes the bucket in the host name only, and a bare address, which has none, in the path (ali-oss does
 * the same).
 */
const addressOf = (endpoint: string, bucket: string, key: string) => {
  const { protocol, hostname, port } = new URL(endpoint)
  return {
    protocol,
    ...(port ? { port: Number(port) } : {}),
    ...(isIP(hostname)
      ? { hostname, path: escapedPath(bucket, key) }
      : { hostname: `${bucket}.${hostname}`, path: escapedPath(key) }),
  }
}
