import { plainObjects } from '../plain-objects.ts'
import type { Scope } from './provider.ts'

/**
 * Exactly what an upload in one or several parts needs; at most 2,048 characters, which two keys never reach.
 * `onlyPlain` leaves out objects that we could not read; the policies of other makers' storage need not know
 * its conditions.
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
            { Effect: 'Allow', Action: 's3:PutObject', Resource, Condition: plainObjects },
            { Effect: 'Allow', Action: inParts, Resource },
          ]
        : [{ Effect: 'Allow', Action: ['s3:PutObject', ...inParts], Resource }]),
      // S3 uses the key in the name of whoever uploads; to put parts together it has to decrypt them.
      ...(kmsKeyArn
        ? [{ Effect: 'Allow', Action: ['kms:GenerateDataKey', 'kms:Decrypt'], Resource: kmsKeyArn }]
        : []),
    ],
  })
}
