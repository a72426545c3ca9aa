import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { STSClient } from '@aws-sdk/client-sts'
import { type Credentials, createPrincipals, type RoleDefinition } from '../../../local/iam/principals.ts'
import { type BucketDefinition, createObjectStore } from '../../../local/object-store/object-store.ts'
import type { ObjectCreated } from '../../../local/object-store/operation.ts'
import { createSts } from '../../../local/sts.ts'

/**
 * Object storage and STS on loopback, with the roles of a small deployment, for tests that speak HTTP to
 * them.
 */
export const account = '111122223333'
export const archives = 'groundcrew-archives'
export const otherBucket = 'other-bucket'
export const lenderArn = `arn:aws:iam::${account}:role/lender`
export const uploadArn = `arn:aws:iam::${account}:role/upload`
export const readerArn = `arn:aws:iam::${account}:role/reader`

const statement = (action: string | string[], resource: string | string[], effect = 'Allow') => ({
  Effect: effect,
  Action: action,
  Resource: resource,
})
const policy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })
const byService = policy({
  Effect: 'Allow',
  Principal: { Service: 'lambda.amazonaws.com' },
  Action: 'sts:AssumeRole',
})

const uploadActions = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts']

/** The trust of the upload role: only the lender, only with both tags. */
const trust = policy(
  {
    Effect: 'Allow',
    Principal: { AWS: lenderArn },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
    Condition: { Null: { 'aws:RequestTag/fleet': 'false', 'aws:RequestTag/dockSn': 'false' } },
  },
  { Effect: 'Allow', Principal: { AWS: lenderArn }, Action: 'sts:SetSourceIdentity' },
)

export const roles: RoleDefinition[] = [
  {
    arn: lenderArn,
    name: 'lender',
    policies: [policy(statement(['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'], uploadArn))],
    trust: byService,
    maxSessionSeconds: 3600,
  },
  {
    arn: uploadArn,
    name: 'upload',
    policies: [
      policy(
        statement(
          uploadActions,
          `arn:aws:s3:::${archives}/\${aws:PrincipalTag/fleet}/\${aws:PrincipalTag/dockSn}/*`,
        ),
      ),
    ],
    trust,
    maxSessionSeconds: 43_200,
  },
  {
    arn: readerArn,
    name: 'reader',
    policies: [
      policy(
        statement('s3:*', [
          `arn:aws:s3:::${archives}`,
          `arn:aws:s3:::${archives}/*`,
          `arn:aws:s3:::${otherBucket}/*`,
        ]),
      ),
    ],
    trust: byService,
    maxSessionSeconds: 3600,
  },
]

/** A session policy as the credential provider writes it: exact keys. */
export const lentPolicy = (...keys: string[]) =>
  policy(
    statement(
      uploadActions,
      keys.map((key) => `arn:aws:s3:::${archives}/${key}`),
    ),
  )

export const listen = async (
  listener: RequestListener,
  insecureHTTPParser = false,
): Promise<{ server: Server; url: string }> => {
  const server = createServer({ insecureHTTPParser }, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return { server, url: `http://127.0.0.1:${address.port}` }
}

export const close = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

export type WorldOptions = {
  buckets?: BucketDefinition[]
  directory?: string
  roles?: RoleDefinition[]
  secret?: string
  /** Storage takes requests whose lines end with a line feed alone, as Node's parser does not by itself. */
  takesBareLineFeeds?: boolean
}

/**
 * Starts the servers. `clock.ahead` (milliseconds) moves the runtime's clock, not the clients'. The reader
 * role is there always.
 */
export const startWorld = async (options: WorldOptions = {}) => {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'object-store-'))
  const clock = { ahead: 0 }
  const now = () => Date.now() + clock.ahead
  const secret = options.secret ?? 'a secret only this test knows'
  const present = options.roles ?? roles
  const missing = roles.filter(({ arn }) => arn === readerArn && !present.some((role) => role.arn === arn))
  const principals = createPrincipals({ roles: [...present, ...missing], secret, now })
  const events: ObjectCreated[] = []
  const store = createObjectStore({
    directory,
    buckets: options.buckets ?? [{ name: archives }, { name: otherBucket }],
    principals,
    now,
    onObjectCreated: (event) => void events.push(event),
  })
  const s3 = await listen(
    (request, response) => void store.listener(request, response),
    options.takesBareLineFeeds,
  )
  const stsListener = createSts({ principals })
  const sts = await listen((request, response) => void stsListener(request, response))
  const clients: { destroy: () => void }[] = []

  const s3Client = (credentials: Credentials | S3ClientConfig['credentials'], more: S3ClientConfig = {}) => {
    const client = new S3Client({
      endpoint: s3.url,
      region: 'eu-west-1',
      maxAttempts: 1,
      ...(credentials ? { credentials } : {}),
      ...more,
    })
    clients.push(client)
    return client
  }
  const stsClient = (credentials: Credentials) => {
    const client = new STSClient({ endpoint: sts.url, region: 'eu-west-1', maxAttempts: 1, credentials })
    clients.push(client)
    return client
  }
  const credentialsOf = async (
    roleArn: string,
    request: { sessionPolicy?: object; tags?: Record<string, string>; durationSeconds?: number } = {},
  ) => {
    const issued = await principals.issue(roleArn, { sessionName: 'test', durationSeconds: 3600, ...request })
    return issued.credentials
  }
  return {
    directory,
    clock,
    serve: store.serve,
    principals,
    events,
    s3Url: s3.url,
    stsUrl: sts.url,
    s3Client,
    stsClient,
    credentialsOf,
    reader: s3Client(await credentialsOf(readerArn)),
    stop: async ({ keep = false } = {}) => {
      for (const client of clients) client.destroy()
      await Promise.all([close(s3.server), close(sts.server)])
      await store.close()
      if (!keep) rmSync(directory, { recursive: true })
    },
  }
}

export type World = Awaited<ReturnType<typeof startWorld>>

/** What went wrong, as a client sees it: `AccessDenied 403`. `done` if nothing did. */
export const outcomeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return 'done'
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const status =
      '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }).httpStatusCode : undefined
    return `${error.name} ${status}`
  }
}

/** Bytes that do not repeat, so that a misplaced piece shows. */
export const bytesOf = (size: number): Buffer => {
  const bytes = Buffer.alloc(size)
  for (let at = 0, value = 1; at < size; at++) {
    value = (value * 48_271) % 0x7fffffff
    bytes[at] = value & 0xff
  }
  return bytes
}
