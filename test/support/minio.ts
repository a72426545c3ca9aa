import { createHash } from 'node:crypto'
import type { TestContext } from 'node:test'
import { PutBucketVersioningCommand } from '@aws-sdk/client-s3'
import { prepareMinio } from '../../local/minio.ts'
import type { StartOptions } from '../../local/start-options.ts'
import { s3AsDock } from './s3-as-dock.ts'
import { onlyLocal, openLocal } from './story.ts'

const { MINIO_URL: url, MINIO_ROOT_USER: user = '', MINIO_ROOT_PASSWORD: password = '' } = process.env

/** For the `skip` option of stories that need a MinIO server. docs/storage.md says how to get one. */
export const noMinio: string | false =
  url && user && password
    ? onlyLocal
    : 'MINIO_URL, MINIO_ROOT_USER and MINIO_ROOT_PASSWORD name no MinIO server'

/** The server's own key pair, and the bucket of these tests. */
export const minio = {
  url: url ?? '',
  accessKeyId: user,
  secretAccessKey: password,
  bucket: 'groundcrew-tests',
}

/** A local backend that keeps archives in the MinIO server, with all that it logs, and its secret. */
export const openOnMinio = async (t: TestContext, options: StartOptions = {}, bucket = minio.bucket) => {
  const { context, secrets } = await prepareMinio({ ...minio, bucket })
  const lines: string[] = []
  const log = (source: string, line: string) => lines.push(`${source} ${line}`)
  const backend = await openLocal(t, { ...options, context, secrets, log })
  const arn = context.storageSecretArn
  return {
    ...backend,
    lines,
    /** Rotates the key pair, as whoever looks after the secret does. */
    rotate: (keys: { accessKeyId: string; secretAccessKey: string }) =>
      void secrets.set(arn, JSON.stringify(keys)),
  }
}

/** Has the bucket keep versions, as `mc version enable` does. */
export const keepVersions = async (t: TestContext, Bucket: string): Promise<void> => {
  const client = s3AsDock(t, { endpoint: minio.url, region: 'us-east-1', credentials: minio })
  const VersioningConfiguration = { Status: 'Enabled' } as const
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
}

export const sha256Of = async (link: string): Promise<string> =>
  createHash('sha256')
    .update(await (await fetch(link)).bytes())
    .digest('hex')
