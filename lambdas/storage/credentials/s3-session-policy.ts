import { readableObjects } from '../readable-objects.ts'
import type { Scope } from './provider.ts'

/**
 * Exactly the rights that an upload needs, in one or several parts. The limit of 2,048 characters is never
 * reached with two keys. `onlyPlain` excludes objects that we could not read; other vendors' storage may not
 * know its conditions.
 */
export const s3SessionPolicy = (
  bucketArn: string,
  keys: Scope['keys'],
  { kmsKeyArn, onlyPlain = false }: { kmsKeyArn?: string | undefined; onlyPlain?: boolean } = {},
): string => {
  const Resource = keys.map((key) => `${bucketArn}/${key}`)
  const inParts = ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts']
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      ...(onlyPlain
        ? [
            { Effect: 'Allow', Action: 's3:PutObject', Resource, Condition: readableObjects },
            { Effect: 'Allow', Action: inParts, Resource },
          ]
        : [{ Effect: 'Allow', Action: ['s3:PutObject', ...inParts], Resource }]),
      // S3 uses the KMS key with the uploader's rights; to complete a multipart upload it has to decrypt the
      // parts.
      ...(kmsKeyArn
        ? [{ Effect: 'Allow', Action: ['kms:GenerateDataKey', 'kms:Decrypt'], Resource: kmsKeyArn }]
        : []),
    ],
  })
}
