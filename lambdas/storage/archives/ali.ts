import { isIP } from 'node:net'
import { HttpRequest } from '@smithy/protocol-http'
import signer from 'ali-oss/lib/common/signUtils.js'
import { type Env, env as names, required } from '../../runtime/env.ts'
import type { KeyPair } from '../credentials/stored-keys.ts'
import {
  type Archives,
  escapedPath,
  type Presign,
  type PresignWith,
  type SumHeaders,
  type WithPresign,
} from './presigned-requests.ts'
import { archivesWithStoredKeys, signerWithStoredKeys } from './with-stored-keys.ts'

const presignIn = (env: Env, bucket: string) => {
  const given = required(env, names.storageEndpoint, names.storageRegion)
  const place = { endpoint: given[names.storageEndpoint], region: given[names.storageRegion], bucket }
  return (keys: KeyPair) => presignOss({ ...place, keys })
}

/** The archives in Alibaba Cloud OSS. */
export const archives = (env: Env): Archives =>
  archivesWithStoredKeys(env, presignIn(env, required(env, names.bucket)[names.bucket]))

/** Signs requests to a bucket in OSS. */
export const presigning = (env: Env, bucket: string): WithPresign =>
  signerWithStoredKeys(env, presignIn(env, bucket))

/**
 * OSS does not support SHA-256, so it can check only an upload's size and MD5. The content type is fixed
 * because OSS signs it if it is sent, and many clients send one of their own.
 */
export const sums: SumHeaders = {
  demand: () => ({ 'content-type': 'application/octet-stream' }),
  begin: {},
  ask: {},
}

export const provider = 'ali'

/** Signs requests as a dock does. */
export const presignWith: PresignWith = ({ credentials, ...place }) =>
  presignOss({ ...place, keys: credentials })

type Signing = {
  endpoint: string
  bucket: string
  region: string
  keys: KeyPair & { sessionToken?: string }
}

/** Headers that OSS always includes in the signature; others only if the query names them. */
const alwaysSigned = /^(content-type|content-md5|x-oss-.*)$/

/**
 * Requests with OSS's signature version 4 in the query. Uses only the signer of Alibaba's SDK: its client is
 * three times as large as a function.
 * https://www.alibabacloud.com/help/en/oss/developer-reference/add-signatures-to-urls
 */
const presignOss =
  ({ endpoint, bucket, region, keys }: Signing): Presign =>
  async ({ method, key, query, headers = {}, lifetimeSeconds }) => {
    const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
    const day = date.slice(0, 8)
    const additional = Object.keys(headers)
      .filter((name) => !alwaysSigned.test(name))
      .sort()
    const queries = {
      // Like OSS, the signer distinguishes a parameter without a value from one with an empty value.
      ...Object.fromEntries(
        Object.entries(query).map(([name, value]) => [name, value === '' ? null : value]),
      ),
      'x-oss-signature-version': 'OSS4-HMAC-SHA256',
      'x-oss-credential': signer.getCredential(day, region, keys.accessKeyId),
      'x-oss-date': date,
      'x-oss-expires': String(lifetimeSeconds),
      ...(additional.length > 0 ? { 'x-oss-additional-headers': additional.join(';') } : {}),
      ...(keys.sessionToken ? { 'x-oss-security-token': keys.sessionToken } : {}),
    }
    const canonical = signer.getCanonicalRequest(method, { headers, queries }, bucket, key, additional)
    const stringToSign = signer.getStringToSign(region, date, canonical)
    const signature = signer.getSignatureV4(keys.secretAccessKey, day, region, stringToSign)
    return new HttpRequest({
      method,
      headers,
      ...addressOf(endpoint, bucket, key),
      query: { ...queries, 'x-oss-signature': signature },
    })
  }

/**
 * OSS expects the bucket in the host name. With an IP address as host, the bucket is in the path, as in
 * ali-oss.
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
