import { fromEnv } from '@aws-sdk/credential-provider-env'
import { S3RequestPresigner } from '@aws-sdk/s3-request-presigner'
import { formatUrl } from '@aws-sdk/util-format-url'
import { Hash } from '@smithy/hash-node'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { HttpRequest } from '@smithy/protocol-http'
import * as z from 'zod/mini'
import { type Env, env as names, required } from './env.ts'

/** The archives in storage, as the backend sees them. */
export type Archives = {
  /** The object under a key, or undefined if there is none. Throws where storage gives no clear answer. */
  find: (key: string) => Promise<{ size: number; etag: string } | undefined>
  /** A link that opens this one object as a download, for so long. */
  link: (key: string, fileName: string, lifetimeSeconds: number) => Promise<string>
}

/** Where storage is reached: the region's endpoint, unless the environment redirects the SDK. */
export const storageEndpoint = (env: Env): string =>
  env.AWS_ENDPOINT_URL_S3 ?? `https://s3.${required(env, 'AWS_REGION').AWS_REGION}.amazonaws.com`

const ObjectHeaders = z.object({ 'content-length': z.coerce.number(), etag: z.string() })

/**
 * The AWS SDK's own signer and HTTP handler without its S3 client, which alone would be a third of a function, for the two
 * requests that we make.
 */
export const archives = (env: Env): Archives => {
  const given = required(env, names.bucket, 'AWS_REGION')
  const endpoint = new URL(storageEndpoint(env))
  const presigner = new S3RequestPresigner({
    credentials: fromEnv(),
    region: given.AWS_REGION,
    sha256: Hash.bind(null, 'sha256'),
  })
  const http = new NodeHttpHandler({ connectionTimeout: 2_000, requestTimeout: 5_000 })
  const request = (method: 'HEAD' | 'GET', key: string, query: Record<string, string> = {}) =>
    new HttpRequest({
      method,
      protocol: endpoint.protocol,
      hostname: endpoint.hostname,
      ...(endpoint.port ? { port: Number(endpoint.port) } : {}),
      path: `/${given[names.bucket]}/${key.split('/').map(encodeURIComponent).join('/')}`,
      query,
    })

  return {
    find: async (key) => {
      const { response } = await http.handle(
        HttpRequest.clone(await presigner.presign(request('HEAD', key), { expiresIn: 60 })),
      )
      if (response.statusCode === 404) return undefined
      if (response.statusCode !== 200) throw new StorageRefused(response.statusCode)
      const { 'content-length': size, etag } = ObjectHeaders.parse(response.headers)
      return { size, etag }
    },
    link: async (key, fileName, lifetimeSeconds) => {
      const query = {
        'response-content-disposition': `attachment; filename="${fileName}"`,
        'response-content-type': 'application/x-tar',
      }
      return formatUrl(await presigner.presign(request('GET', key, query), { expiresIn: lifetimeSeconds }))
    },
  }
}

/**
 * Storage answers 403 for a missing object to those who may not list the bucket (S3 API reference, HeadObject), so that is a
 * fault of ours: it never means that an archive is missing.
 */
export class StorageRefused extends Error {
  override readonly name = 'StorageRefused'
  constructor(status: number) {
    super(`Storage answered ${status} to a HEAD`)
  }
}
