import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import * as z from 'zod'

/** A MinIO server that is to hold the archives instead of the local object storage. */
export type Minio = {
  url: string
  /** @default groundcrew */
  bucket?: string
  /** @default us-east-1, which is a server's that has not been told another */
  region?: string
  accessKeyId: string
  secretAccessKey: string
}

/** A MinIO server that cannot be used, in words that help. */
export class MinioError extends Error {
  override readonly name = 'MinioError'
}

/** Where the functions find the key pair. */
export const minioSecretArn =
  'arn:aws:secretsmanager:eu-central-1:000000000000:secret:groundcrew/minio-local1'

/** The service's code is the error's name; what the system says of the way there is its `code`. */
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
 * What `start` needs so that archives go to this server: the options of the stack and the secret with the key
 * pair. Makes the bucket if it is not there, which may be repeated. The functions' calls to MinIO are real.
 * @throws MinioError when the server does not answer or refuses.
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
