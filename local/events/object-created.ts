/** The object store's report of a completed object. */
export type CreatedObject = {
  bucket: string
  key: string
  size: number
  etag: string
  sequencer: string
  versionId?: string | undefined
  requestId: string
  reason: string
}

/**
 * The event that S3 puts on the bus for a new object. The ETag has no quotes here.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export const objectCreated = (object: CreatedObject, accountId: string) => ({
  'detail-type': 'Object Created',
  source: 'aws.s3',
  resources: [`arn:aws:s3:::${object.bucket}`],
  detail: {
    version: '0',
    bucket: { name: object.bucket },
    object: {
      key: object.key,
      size: object.size,
      etag: object.etag.replaceAll('"', ''),
      ...(object.versionId === undefined ? {} : { 'version-id': object.versionId }),
      sequencer: object.sequencer,
    },
    'request-id': object.requestId,
    requester: accountId,
    'source-ip-address': '127.0.0.1',
    reason: object.reason,
  },
})
