import type { Scope } from './provider.ts'

/** Exactly what an upload in one or several parts needs; at most 2,048 characters, which two keys never reach. */
export const s3SessionPolicy = (
  bucketArn: string,
  keys: Scope['keys'],
  kmsKeyArn?: string | undefined,
): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
        Resource: keys.map((key) => `${bucketArn}/${key}`),
      },
      // S3 uses the key in the name of whoever uploads; to put parts together it has to decrypt them.
      ...(kmsKeyArn
        ? [{ Effect: 'Allow', Action: ['kms:GenerateDataKey', 'kms:Decrypt'], Resource: kmsKeyArn }]
        : []),
    ],
  })
