import { packageRoutes } from '../../lambdas/packages/routes.ts'
import './quiet-logs.ts'

import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import * as z from 'zod'
import { onHttp } from '../../lambdas/http/on-http.ts'
import { managePackages, type PackageRoute } from '../../lambdas/packages/manage.ts'
import { provePackages } from '../../lambdas/packages/prove.ts'
import { type PackageReadRoute, readPackages } from '../../lambdas/packages/read.ts'
import { Package } from '../../lambdas/packages/shapes.ts'
import { packageDueKind, packageStore } from '../../lambdas/packages/store.ts'
import type { StillNeeds } from '../../lambdas/packages/users.ts'
import { env as names } from '../../lambdas/runtime/env.ts'
import { newId } from '../../lambdas/runtime/new-id.ts'
import { type PackageFiles, packageFiles } from '../../lambdas/storage/package-files.ts'
import { dueItems } from '../../lambdas/sweeps/due-items.ts'
import type { Table } from '../../lambdas/table/client.ts'
import { readerArn, startWorld } from '../local/object-store/storage-world.ts'
import { declared } from './declared.ts'
import { answerOf, type Call, eventOf } from './http-calls.ts'
import type { Backend } from './story.ts'

export const packageBucket = 'groundcrew-packages'

const hashOf = (algorithm: 'sha256' | 'md5', bytes: Uint8Array): string =>
  createHash(algorithm).update(bytes).digest('hex')

/** What is said of a file before it is uploaded. */
export const announced = (bytes: Uint8Array) => ({
  size: bytes.length,
  sha256: hashOf('sha256', bytes),
  md5: hashOf('md5', bytes),
})

/** Lets the process be a function with these credentials. */
const credentialNames = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const

/**
 * The local object storage with a bucket for packages, and the files in it as a function with all rights there
 * sees them.
 */
export const openPackageStorage = async (
  t: Pick<TestContext, 'after'>,
  { versioned = true, policy }: { versioned?: boolean; policy?: unknown } = {},
) => {
  const statement = {
    Effect: 'Allow',
    Action: 's3:*',
    Resource: [`arn:aws:s3:::${packageBucket}`, `arn:aws:s3:::${packageBucket}/*`],
  }
  const trust = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  }
  const arn = readerArn
  const world = await startWorld({
    buckets: [{ name: packageBucket, versioned, ...(policy === undefined ? {} : { policy }) }],
    roles: [
      {
        arn,
        name: 'reader',
        trust,
        maxSessionSeconds: 3600,
        policies: [{ Version: '2012-10-17', Statement: [statement] }],
      },
    ],
  })
  const credentials = await world.credentialsOf(arn)
  const values = [credentials.accessKeyId, credentials.secretAccessKey, credentials.sessionToken]
  for (const [n, name] of credentialNames.entries()) process.env[name] = values[n]
  t.after(async () => {
    for (const name of credentialNames) delete process.env[name]
    await world.stop()
  })
  const env = {
    [names.packageBucket]: packageBucket,
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_S3: world.s3Url,
  }
  return { world, env, files: packageFiles(env) }
}

/** Storage that is not to be asked. */
const unasked = async () => assert.fail('storage was asked')
export const noFiles: PackageFiles = {
  find: unasked,
  open: unasked,
  link: unasked,
  uploadLink: unasked,
  partLink: unasked,
  begin: unasked,
  parts: unasked,
  complete: unasked,
  abort: unasked,
  remove: unasked,
}

type Served = PackageRoute | PackageReadRoute

/** The functions that make, read and prove packages, on a table and a storage; `clock` is theirs. */
export const wirePackages = (
  table: Table,
  files: PackageFiles,
  clock: { now: number } = { now: Date.now() },
  stillNeeds: StillNeeds = async () => true,
  hasDownloads = true,
) => {
  const now = () => clock.now
  const packages = packageStore(table)
  const handle = onHttp(packageRoutes, () => ({
    ...managePackages({ table, files, stillNeeds, hasDownloads, now, newId }),
    ...readPackages(packages),
  }))
  const call = async (route: Served, request: Call = {}) =>
    declared(route, answerOf(await handle(eventOf(route, request))))
  return {
    clock,
    packages,
    call,
    prove: provePackages({ due: dueItems(table, packageDueKind), packages, files, now }),
    put: (id: string, settings: object = {}, claims?: Call['claims']) =>
      call('putPackage', {
        params: { id },
        body: { name: 'Spring', version: '2.0', package: 'firmware', ...settings },
        ...(claims ? { claims } : {}),
      }),
    look: async (id: string) => {
      const answer = await call('getPackage', { params: { id } })
      assert.equal(answer.status, 200, answer.text)
      return Package.parse(answer.body)
    },
  }
}

const Link = z.object({ url: z.string(), headers: z.record(z.string(), z.string()) })
const Links = z.union([
  Link.transform((link) => ({ links: [link], partSize: Number.POSITIVE_INFINITY })),
  z
    .object({ parts: z.array(Link), partSize: z.number() })
    .transform(({ parts, partSize }) => ({ links: parts, partSize })),
])

/** A package at the API of a backend, as whoever has nothing but HTTP uploads it. */
export const packageStory = (backend: Pick<Backend, 'api' | 'must' | 'until'>, id: string) => {
  const path = `/v1/packages/${id}`
  const look = async () => Package.parse(await backend.must('GET', path))
  return {
    id,
    path,
    look,
    put: (settings: object) => backend.must('PUT', path, settings),
    /** Links for the file, and the pieces of it that they take. */
    links: async (bytes: Uint8Array, partSize?: number) => {
      const parts =
        partSize === undefined
          ? {}
          : {
              partSize,
              parts: piecesOf(bytes, partSize).map((piece) => announced(piece).sha256),
            }
      const body = { fileName: 'fw.bin', ...announced(bytes), ...parts }
      const { links, partSize: each } = Links.parse(await backend.must('POST', `${path}/upload`, body))
      const pieces = piecesOf(bytes, each)
      return links.map((link, n) => ({ ...link, bytes: pieces[n] ?? Buffer.alloc(0) }))
    },
    complete: () => backend.api('POST', `${path}/upload/complete`),
    remove: () => backend.api('DELETE', path),
    until: (state: string) => backend.until(look, ({ file }) => file?.state === state),
  }
}

/** Makes a package at the API and brings its file into storage, which proves it; answers its id. */
export const provedPackage = async (
  backend: Parameters<typeof packageStory>[0],
  settings: { version: string; package: 'firmware' | 'software'; offer?: 'v1' | 'v2' },
  bytes: Uint8Array,
): Promise<string> => {
  const { id, put, links, complete, until } = packageStory(backend, randomUUID())
  await put({ name: id, ...settings })
  for (const link of await links(bytes)) assert.equal(await upload(link, link.bytes), '200')
  await complete()
  await until('proved')
  return id
}

const piecesOf = (bytes: Uint8Array, size: number): Buffer<ArrayBuffer>[] =>
  Array.from({ length: Math.ceil(bytes.length / size) || 1 }, (_, n) =>
    Buffer.from(size === Number.POSITIVE_INFINITY ? bytes : bytes.subarray(n * size, (n + 1) * size)),
  )

/** What storage says to an upload: `200`, or its status and code. */
export const upload = async (
  { url, headers }: z.infer<typeof Link>,
  body: Uint8Array<ArrayBuffer>,
): Promise<string> => {
  const answer = await fetch(url, { method: 'PUT', headers, body })
  const code = /<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1]
  return code ? `${answer.status} ${code}` : String(answer.status)
}
