import { isIP } from 'node:net'
import { Readable } from 'node:stream'
import { S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'

/** The storage and the lent credentials of a start command. */
export type LentStorage = {
  provider: 'ali' | 'aws' | 'minio'
  endpoint: string
  region: string
  bucket: string
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
}

/** Larger archives are uploaded in parts of this size. */
export const partBytes = 8 * 1024 * 1024

/** MinIO and IP addresses have no bucket host names; all others are addressed by them. */
const usesPathStyle = ({ provider, endpoint }: LentStorage): boolean => {
  const host = new URL(endpoint).hostname
  return provider === 'minio' || host === 'localhost' || isIP(host) !== 0
}

/**
 * One attempt and no trailing checksum, like a device's plain client: a refusal of storage is a failed
 * upload.
 */
export const clientFor = (storage: LentStorage): S3Client =>
  new S3Client({
    endpoint: storage.endpoint,
    region: storage.region,
    credentials: storage,
    forcePathStyle: usesPathStyle(storage),
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  })

type Archive = { objectKey: string; body: AsyncIterable<Buffer>; leavePartsOnError: boolean }

/**
 * Uploads an archive with only the lent credentials. An error of `body` ends the upload; uploaded parts are
 * then aborted, unless a fault prevents it (`leavePartsOnError`).
 */
export const uploadArchive = async (storage: LentStorage, archive: Archive): Promise<void> => {
  const client = clientFor(storage)
  try {
    await new Upload({
      client,
      params: {
        Bucket: storage.bucket,
        Key: archive.objectKey,
        Body: Readable.from(archive.body, { objectMode: false }),
      },
      partSize: partBytes,
      queueSize: 1,
      leavePartsOnError: archive.leavePartsOnError,
    }).done()
  } finally {
    client.destroy()
  }
}
