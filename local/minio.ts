import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import * as z from 'zod'

/** A MinIO server that stores the archives instead of the local object storage. */
export type Minio = {
  url: string
  /** @default groundcrew */
  bucket?: string
  /** @default us-east-1, MinIO's own default */
  region?: string
  accessKeyId: string
  secretAccessKey: string
}

/** The MinIO server cannot be used. The message says what to do. */
export class MinioError extends Error {
  override readonly name = 'MinioError'
}

/** The secret from which the functions read the key pair. */
export const minioSecretArn =
  'arn:aws:secretsmanager:eu-central-1:000000000000:secret:groundcrew/minio-local1'

/** `name` is the service's error code; `code` is the system's error code of a failed connection. */
const Coded = z.object({ name: z.string(), code: z.optional(z.string()) })

const makeBucket = async ({ url, bucket, region, ...credentials }: Required<Minio>): Promise<void> => {
  const client = new S3Client({ endpoint: url, region, credentials, forcePathStyle: true, maxAttempts: 1 })
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
  } catch (error) {
    const { name, code = name } = Coded.parse(error)
    if (name !== 'BucketAlreadyOwnedByYou')
      throw new MinioError(`MinIO at ${url} could not be asked for the bucket ${bucket}: ${code}`)
  } finally {
    client.destroy()
  }
}

/**
 * The options of `start` with which archives go to this server: the options of the stack and the secret with
 * the key pair. Creates the bucket if it is missing, and may be repeated. The functions' calls to MinIO are
 * real.
 * @throws MinioError if the server does not answer or refuses.
 */
export const prepareMinio = async ({ bucket = 'groundcrew', region = 'us-east-1', ...given }: Minio) => {
  await makeBucket({ bucket, region, ...given })
  const { url, accessKeyId, secretAccessKey } = given
  return {
    context: {
      provider: 'minio',
      storageEndpoint: url,
      storageRegion: region,
      bucketName: bucket,
      storageSecretArn: minioSecretArn,
    },
    secrets: new Map([[minioSecretArn, JSON.stringify({ accessKeyId, secretAccessKey })]]),
  }
}
