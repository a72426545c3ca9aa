import { GetObjectCommand, HeadObjectCommand, NotFound, S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { type Env, env as names, required } from './env.ts'

/** The archives in storage, as the backend sees them. */
export type Archives = {
  /**
   * The object under a key, or undefined if there is none. Storage says 403 for a missing key to those who may not list
   * the bucket, so a 403 is a fault of ours and throws: it never means that an archive is missing (S3 API, HeadObject).
   */
  find: (key: string) => Promise<{ size: number; etag: string } | undefined>
  /** A link that opens this one object as a download, for so long. */
  link: (key: string, fileName: string, lifetimeSeconds: number) => Promise<string>
}

export const archives = (env: Env): Archives => {
  const Bucket = required(env, names.bucket)[names.bucket]
  const client = new S3Client({})
  return {
    find: async (Key) => {
      try {
        const { ContentLength = 0, ETag = '' } = await client.send(new HeadObjectCommand({ Bucket, Key }))
        return { size: ContentLength, etag: ETag }
      } catch (error) {
        if (error instanceof NotFound) return undefined
        throw error
      }
    },
    link: (Key, fileName, expiresIn) => {
      const ResponseContentDisposition = `attachment; filename="${fileName}"`
      const command = new GetObjectCommand({
        Bucket,
        Key,
        ResponseContentDisposition,
        ResponseContentType: 'application/x-tar',
      })
      return getSignedUrl(client, command, { expiresIn })
    },
  }
}
