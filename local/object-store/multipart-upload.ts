import { countParameter, parameter } from './address.ts'
import { keepOrDiscard, type Upload } from './bucket-files.ts'
import { type Algorithm, checksumHeaders, elementName, readAlgorithm } from './checksums.ts'
import { encryptionHeader, keepHeaders, refuseUnknownHeaders } from './object-headers.ts'
import { type Operation, requireObjectAccess, send } from './operation.ts'
import { receiveBody } from './receive-body.ts'
import { ChecksumType } from './record-file.ts'
import { refuse, toXml } from './refusal.ts'

const largestPartNumber = 10_000

/** The upload that a request names, of this bucket and this key. Throws NoSuchUpload. */
export const requireUpload = ({ files, key, query }: Operation): Upload => {
  const upload = files.findUpload(parameter(query, 'uploadId') ?? '')
  if (upload?.key === key) return upload
  throw refuse('NoSuchUpload', 'The specified multipart upload does not exist.')
}

const requestedAlgorithm = ({ request }: Operation): Algorithm | undefined => {
  const text = request.headers['x-amz-checksum-algorithm']
  if (text === undefined) return undefined
  const algorithm = typeof text === 'string' ? readAlgorithm(text) : undefined
  if (algorithm === undefined) throw refuse('InvalidRequest', 'Checksum algorithm provided is unsupported.')
  return algorithm
}

/** CRC64NVME has no composite form; the others are composite unless the client requests otherwise. */
const requestedType = ({ request }: Operation, algorithm: Algorithm | undefined): ChecksumType => {
  const read = ChecksumType.optional().safeParse(request.headers['x-amz-checksum-type'])
  if (!read.success) throw refuse('InvalidRequest', 'Checksum type provided is unsupported.')
  const type = read.data ?? (algorithm === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE')
  const impossible = type === 'FULL_OBJECT' ? ['sha1', 'sha256'] : ['crc64nvme']
  if (algorithm && impossible.includes(algorithm)) {
    throw refuse('InvalidRequest', `The ${type} checksum type does not go with this algorithm.`)
  }
  return type
}

/** CreateMultipartUpload. Every call starts another upload. */
export const createMultipartUpload = async (operation: Operation): Promise<void> => {
  const { request, files, bucket, key } = operation
  requireObjectAccess(operation, 's3:PutObject')
  refuseUnknownHeaders(operation)
  const algorithm = requestedAlgorithm(operation)
  const checksumType = requestedType(operation, algorithm)
  const headers = keepHeaders(request.headers)
  const { id } = files.startUpload({ key, headers, checksumType, ...(algorithm ? { algorithm } : {}) })
  const answer: Record<string, string> = algorithm
    ? { 'x-amz-checksum-algorithm': algorithm.toUpperCase(), 'x-amz-checksum-type': checksumType }
    : {}
  const body = toXml('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: id })
  send(operation, 200, { ...encryptionHeader, ...answer }, body)
}

/** UploadPart. A repeated part replaces the one with the same number. */
export const uploadPart = async (operation: Operation): Promise<void> => {
  const { request, files, query } = operation
  requireObjectAccess(operation, 's3:PutObject')
  refuseUnknownHeaders(operation)
  const upload = requireUpload(operation)
  const number = Number(parameter(query, 'partNumber'))
  if (!Number.isInteger(number) || number < 1 || number > largestPartNumber) {
    throw refuse('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive')
  }
  const draft = files.draft()
  const store = async () => {
    const also = upload.algorithm ? [upload.algorithm] : []
    const { sizeBytes, md5, checksums } = await receiveBody(request, draft.sink, {
      chain: operation.chain,
      also,
    })
    // The upload may have ended while the part was being received.
    requireUpload(operation)
    const etag = md5.toString('hex')
    const lastModified = new Date(operation.now()).toISOString()
    files.putPart(upload, { number, data: draft.data, sizeBytes, etag, lastModified, checksums })
    return { etag, checksums }
  }
  const { etag, checksums } = await keepOrDiscard(draft, store)
  send(operation, 200, { etag: `"${etag}"`, ...checksumHeaders(checksums) })
}

/** AbortMultipartUpload: deletes the upload and its parts. A repeat gets NoSuchUpload, as on S3. */
export const abortMultipartUpload = async (operation: Operation): Promise<void> => {
  requireObjectAccess(operation, 's3:AbortMultipartUpload')
  operation.files.endUpload(requireUpload(operation))
  send(operation, 204, {})
}

/** ListParts, in pages by part number. */
export const listParts = async (operation: Operation): Promise<void> => {
  const { bucket, key, query } = operation
  requireObjectAccess(operation, 's3:ListMultipartUploadParts')
  const upload = requireUpload(operation)
  const size = countParameter(query, 'max-parts', 1000, 1000)
  const after = countParameter(query, 'part-number-marker', largestPartNumber, 0)
  const rest = [...upload.parts.values()]
    .filter(({ number }) => number > after)
    .sort((one, other) => one.number - other.number)
  const parts = rest.slice(0, size)
  const body = toXml('ListPartsResult', {
    Bucket: bucket,
    Key: key,
    UploadId: upload.id,
    PartNumberMarker: after,
    NextPartNumberMarker: parts.at(-1)?.number ?? after,
    MaxParts: size,
    IsTruncated: rest.length > parts.length,
    ...(upload.algorithm
      ? { ChecksumAlgorithm: upload.algorithm.toUpperCase(), ChecksumType: upload.checksumType }
      : {}),
    Part: parts.map((part) => ({
      PartNumber: part.number,
      LastModified: part.lastModified,
      ETag: `"${part.etag}"`,
      Size: part.sizeBytes,
      ...(upload.algorithm ? { [elementName(upload.algorithm)]: part.checksums[upload.algorithm] } : {}),
    })),
  })
  send(operation, 200, {}, body)
}
