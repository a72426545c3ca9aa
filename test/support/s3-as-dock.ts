import type { TestContext } from 'node:test'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { Lent } from './dock-by-hand.ts'

type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string }

/** A plain S3 client that has nothing but what a start command lent. */
export const s3AsDock = (
  t: TestContext,
  { endpoint, region, credentials }: Pick<Lent, 'endpoint' | 'region'> & { credentials: Credentials },
  more: { systemClockOffset?: number } = {},
): S3Client => {
  const client = new S3Client({
    endpoint,
    region,
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    ...more,
  })
  t.after(() => client.destroy())
  return client
}

/** Uploads the body under the granted key, or another one. */
export const put = (
  client: S3Client,
  { bucket, keys }: Pick<Lent, 'bucket' | 'keys'>,
  Body: string,
  Key = keys[0],
) => client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))
