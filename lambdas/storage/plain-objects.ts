/**
 * Conditions of a right to put objects that the backend can read, at once and without a key of the client's:
 * of the storage class STANDARD, which is also that of requests that name none, and not encrypted with a key
 * that came along (SSE-C). Plain data.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
 */
export const storageClassKey = 's3:x-amz-storage-class'
export const customerKeyKey = 's3:x-amz-server-side-encryption-customer-algorithm'
export const storageClass = 'STANDARD'

export const plainObjects = {
  StringEqualsIfExists: { [storageClassKey]: storageClass },
  Null: { [customerKeyKey]: 'true' },
} as const
