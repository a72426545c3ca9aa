import { createReadStream } from 'node:fs'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { XMLParser } from 'fast-xml-parser'
import * as z from 'zod'
import { keepOrDiscard, type Upload } from './bucket-files.ts'
import { algorithms, type Checksums, elementName, startDigest } from './checksums.ts'
import { requireUpload } from './multipart-upload.ts'
import { checkWriteCondition, refuseUnknownHeaders } from './object-headers.ts'
import { type Operation, requireObjectAccess, send, versionHeaders } from './operation.ts'
import { receiveBody } from './receive-body.ts'
import type { ObjectRecord, PartRecord } from './record-file.ts'
import { refuse, toXml } from './refusal.ts'

const smallestPartBytes = 5 * 1024 * 1024
const largestManifestBytes = 4 * 1024 * 1024

const NamedPart = z.looseObject({ PartNumber: z.coerce.number().int().min(1).max(10_000), ETag: z.string() })
const Manifest = z.object({
  CompleteMultipartUpload: z.object({
    Part: z.union([NamedPart.transform((part) => [part]), z.array(NamedPart).min(1)]),
  }),
})
type NamedPart = z.infer<typeof NamedPart>

const xml = new XMLParser({ parseTagValue: false, ignoreAttributes: true })
const malformed = () =>
  refuse(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  )

const readManifest = async (operation: Operation): Promise<NamedPart[]> => {
  const pieces: Buffer[] = []
  let size = 0
  const collect = new Writable({
    write: (piece: Buffer, _encoding, done) => {
      size += piece.length
      if (size <= largestManifestBytes) pieces.push(piece)
      done(size > largestManifestBytes ? malformed() : null)
    },
  })
  await receiveBody(operation.request, () => collect, { chain: operation.chain, isObject: false })
  try {
    return Manifest.parse(xml.parse(Buffer.concat(pieces))).CompleteMultipartUpload.Part
  } catch {
    throw malformed()
  }
}

const samePart = (named: NamedPart, part: PartRecord | undefined): part is PartRecord =>
  part?.etag === named.ETag.replaceAll('"', '') &&
  algorithms.every((algorithm) => {
    const sent = named[elementName(algorithm)]
    return sent === undefined || sent === part.checksums[algorithm]
  })

/**
 * A composite checksum is computed from the checksums of the parts, so each part must have one.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
const lacksChecksum = ({ algorithm, checksumType }: Upload, named: NamedPart): boolean =>
  algorithm !== undefined && checksumType === 'COMPOSITE' && named[elementName(algorithm)] === undefined

const chooseParts = (upload: Upload, manifest: readonly NamedPart[]): PartRecord[] => {
  const parts = manifest.map((named, index) => {
    if (named.PartNumber <= (manifest[index - 1]?.PartNumber ?? 0)) {
      throw refuse('InvalidPartOrder', 'The list of parts was not in ascending order.')
    }
    const part = upload.parts.get(named.PartNumber)
    if (lacksChecksum(upload, named))
      throw refuse(
        'InvalidRequest',
        `The upload was created using a ${upload.algorithm} checksum. The complete request must include the checksum for each part. It was missing for part ${named.PartNumber} in the request.`,
      )
    if (samePart(named, part)) return part
    throw refuse(
      'InvalidPart',
      'One or more of the specified parts could not be found or is not the one you named.',
    )
  })
  if (parts.slice(0, -1).some(({ sizeBytes }) => sizeBytes < smallestPartBytes)) {
    throw refuse('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size')
  }
  return parts
}

const digestOfDigests = async (
  name: Parameters<typeof startDigest>[0],
  digests: Buffer[],
): Promise<Buffer> => {
  const digest = startDigest(name)
  for (const each of digests) digest.update(each)
  return digest.digest()
}

const compositeChecksum = async ({ algorithm }: Upload, parts: readonly PartRecord[]): Promise<Checksums> => {
  if (!algorithm) return {}
  const digests = parts.map((part) => Buffer.from(part.checksums[algorithm] ?? '', 'base64'))
  const digest = await digestOfDigests(algorithm, digests)
  return { [algorithm]: `${digest.toString('base64')}-${parts.length}` }
}

/**
 * Writes the parts one after the other; returns the checksum of the whole object if the upload requested that
 * type.
 */
const join = async (operation: Operation, upload: Upload, parts: readonly PartRecord[], sink: Writable) => {
  const { algorithm, checksumType } = upload
  const whole = algorithm && checksumType === 'FULL_OBJECT' ? startDigest(algorithm) : undefined
  await pipeline(async function* () {
    for (const part of parts) {
      for await (const piece of createReadStream(operation.files.path(part.data))) {
        whole?.update(piece)
        yield piece
      }
    }
  }, sink)
  if (!algorithm || !whole) return compositeChecksum(upload, parts)
  return { [algorithm]: (await whole.digest()).toString('base64') }
}

const checkWhole = ({ request }: Operation, { algorithm, checksumType }: Upload, checksums: Checksums) => {
  const sent = algorithm && request.headers[`x-amz-checksum-${algorithm}`]
  if (algorithm && sent !== undefined && checksumType === 'FULL_OBJECT' && sent !== checksums[algorithm]) {
    throw refuse('BadDigest', 'The checksum you specified did not match the calculated checksum.')
  }
}

const store = async (
  operation: Operation,
  upload: Upload,
  parts: readonly PartRecord[],
): Promise<ObjectRecord> => {
  const { files, key, request } = operation
  const draft = files.draft()
  return keepOrDiscard(draft, async () => {
    const checksums = await join(operation, upload, parts, draft.sink())
    checkWhole(operation, upload, checksums)
    const digests = parts.map(({ etag }) => Buffer.from(etag, 'hex'))
    const md5 = await digestOfDigests('md5', digests)
    // The upload may have been aborted while its parts were joined.
    requireUpload(operation)
    checkWriteCondition(request.headers, files, key)
    return files.put({
      key,
      data: draft.data,
      sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
      etag: `${md5.toString('hex')}-${parts.length}`,
      lastModified: new Date(operation.now()).toISOString(),
      headers: upload.headers,
      checksums,
      checksumType: upload.checksumType,
    })
  })
}

const complete = async (
  operation: Operation,
  upload: Upload,
  parts: readonly PartRecord[],
): Promise<void> => {
  const { files, key, bucket, request } = operation
  const record = await store(operation, upload, parts)
  const { etag, checksums, checksumType } = record
  files.endUpload(upload)
  operation.created(record, 'CompleteMultipartUpload')
  const sums = algorithms.flatMap((name) => (checksums[name] ? [[elementName(name), checksums[name]]] : []))
  const body = toXml('CompleteMultipartUploadResult', {
    Location: `http://${request.headers.host}/${bucket}/${encodeURIComponent(key)}`,
    Bucket: bucket,
    Key: key,
    ETag: `"${etag}"`,
    ...Object.fromEntries(sums),
    ...(upload.algorithm ? { ChecksumType: checksumType } : {}),
  })
  send(operation, 200, versionHeaders(record), body)
}

/** Uploads that are being completed, while their parts are being read. */
const ending = new WeakSet<Upload>()

/**
 * CompleteMultipartUpload: the named parts become the object, atomically. After it the upload is gone, so a
 * repeat gets NoSuchUpload; two concurrent calls do not mix.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export const completeMultipartUpload = async (operation: Operation): Promise<void> => {
  requireObjectAccess(operation, 's3:PutObject')
  refuseUnknownHeaders(operation)
  const manifest = await readManifest(operation)
  const upload = requireUpload(operation)
  if (ending.has(upload)) {
    throw refuse(
      'OperationAborted',
      'A conflicting conditional operation is currently in progress against this resource.',
    )
  }
  ending.add(upload)
  try {
    await complete(operation, upload, chooseParts(upload, manifest))
  } finally {
    ending.delete(upload)
  }
}
