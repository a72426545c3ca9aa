import { keepOrDiscard } from './bucket-files.ts'
import { checksumHeaders } from './checksums.ts'
import { checkWriteCondition, encryptionHeader, keepHeaders, refuseUnknownHeaders } from './object-headers.ts'
import { type Operation, requireObjectAccess, send, versionHeaders } from './operation.ts'
import { receiveBody } from './receive-body.ts'

/**
 * PutObject. A repeat stores the same bytes again under the same key. The object appears, or changes,
 * atomically after its last byte has been received and checked; a body that breaks off leaves nothing.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
export const putObject = async (operation: Operation): Promise<void> => {
  const { request, files, key } = operation
  requireObjectAccess(operation, 's3:PutObject')
  refuseUnknownHeaders(operation)
  const draft = files.draft()
  const store = async () => {
    const { sizeBytes, md5, checksums } = await receiveBody(request, draft.sink, operation)
    checkWriteCondition(request.headers, files, key)
    return files.put({
      key,
      data: draft.data,
      sizeBytes,
      etag: md5.toString('hex'),
      lastModified: new Date(operation.now()).toISOString(),
      headers: keepHeaders(request.headers),
      checksums,
      checksumType: 'FULL_OBJECT',
    })
  }
  const record = await keepOrDiscard(draft, store)
  const { etag, checksums } = record
  operation.created(record, 'PutObject')
  const type: Record<string, string> =
    Object.keys(checksums).length > 0 ? { 'x-amz-checksum-type': 'FULL_OBJECT' } : {}
  send(operation, 200, {
    etag: `"${etag}"`,
    ...encryptionHeader,
    ...checksumHeaders(checksums),
    ...type,
    ...versionHeaders(record),
  })
}
