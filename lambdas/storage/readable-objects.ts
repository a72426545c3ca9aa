/**
 * IAM conditions for putting only objects that the backend can read at once and without a client's key: in
 * the storage class STANDARD, which is also the default, and not encrypted with a customer-provided key
 * (SSE-C). Plain data.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
 */
export const storageClassCondition = 's3:x-amz-storage-class'
export const customerKeyCondition = 's3:x-amz-server-side-encryption-customer-algorithm'
export const storageClass = 'STANDARD'

export const readableObjects = {
  StringEqualsIfExists: { [storageClassCondition]: storageClass },
  Null: { [customerKeyCondition]: 'true' },
} as const
