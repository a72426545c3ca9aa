import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { keyOf, type Operation, type ScopeCase, scopeCases } from './scope-cases.ts'

type Target = { client: S3Client; Bucket: string; Key: string }

const begin = async ({ client, Bucket, Key }: Target) => {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
  await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'part' }))
  return { Bucket, Key, UploadId }
}

const ownKey = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: Buffer.alloc(32, 7).toString('base64') }

/** Each operation as a stock S3 client does it. */
const requests: Record<Operation, (target: Target) => Promise<unknown>> = {
  put: ({ client, ...at }) => client.send(new PutObjectCommand({ ...at, Body: 'logs' })),
  putInParts: ({ client, ...at }) =>
    new Upload({ client, params: { ...at, Body: Buffer.alloc(6 * 1024 * 1024, 7) } }).done(),
  createParts: ({ client, ...at }) => client.send(new CreateMultipartUploadCommand(at)),
  abortParts: async (target) => target.client.send(new AbortMultipartUploadCommand(await begin(target))),
  listParts: async (target) => {
    const begun = await begin(target)
    await target.client.send(new ListPartsCommand(begun))
    await target.client.send(new AbortMultipartUploadCommand(begun))
  },
  get: ({ client, ...at }) => client.send(new GetObjectCommand(at)),
  head: ({ client, ...at }) => client.send(new HeadObjectCommand(at)),
  remove: ({ client, ...at }) => client.send(new DeleteObjectCommand(at)),
  copy: ({ client, ...at }) =>
    client.send(
      new CopyObjectCommand({ ...at, CopySource: `${at.Bucket}/${at.Key}`, MetadataDirective: 'REPLACE' }),
    ),
  putTags: ({ client, ...at }) =>
    client.send(new PutObjectTaggingCommand({ ...at, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } })),
  list: ({ client, Bucket }) => client.send(new ListObjectsV2Command({ Bucket })),
  listUploads: ({ client, Bucket }) => client.send(new ListMultipartUploadsCommand({ Bucket })),
  readPolicy: ({ client, Bucket }) => client.send(new GetBucketPolicyCommand({ Bucket })),
  putStandard: ({ client, ...at }) =>
    client.send(new PutObjectCommand({ ...at, Body: 'logs', StorageClass: 'STANDARD' })),
  putRarelyRead: ({ client, ...at }) =>
    client.send(new PutObjectCommand({ ...at, Body: 'logs', StorageClass: 'GLACIER' })),
  putWithKey: ({ client, ...at }) => client.send(new PutObjectCommand({ ...at, ...ownKey, Body: 'logs' })),
  createPartsRarelyRead: ({ client, ...at }) =>
    client.send(new CreateMultipartUploadCommand({ ...at, StorageClass: 'GLACIER' })),
  createPartsWithKey: ({ client, ...at }) =>
    client.send(new CreateMultipartUploadCommand({ ...at, ...ownKey })),
  getVersion: ({ client, ...at }) => client.send(new GetObjectCommand({ ...at, VersionId: 'null' })),
  removeVersion: ({ client, ...at }) => client.send(new DeleteObjectCommand({ ...at, VersionId: 'null' })),
  listVersions: ({ client, Bucket }) => client.send(new ListObjectVersionsCommand({ Bucket })),
  removeBucket: ({ client, Bucket }) => client.send(new DeleteBucketCommand({ Bucket })),
}

/**
 * Done, or the status of a refusal; an answer to HEAD has no body, so the status is all that every refusal
 * has.
 */
const outcomeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'done',
    (error: { name: string; $metadata?: { httpStatusCode?: number } }) =>
      error.$metadata?.httpStatusCode === 403
        ? 'refused'
        : `${error.name} ${error.$metadata?.httpStatusCode}`,
  )

/** Puts every case to storage with what was lent for `keys`, one test each. */
export const proveScope = async (
  t: TestContext,
  { client, bucket, keys }: { client: S3Client; bucket: string; keys: readonly string[] },
  { isLocal = false, isAws = true } = {},
): Promise<void> => {
  assert.equal(keys.length, 2, 'the cases are about an upload of two archives')
  for (const one of scopeCases.filter(
    ({ notLocal, onlyAws }) => !(isLocal && notLocal) && (isAws || !onlyAws),
  ))
    await t.test(nameOf(one), async () => {
      const target = { client, Bucket: bucket, Key: keyOf(one, keys) ?? '' }
      assert.equal(await outcomeOf(requests[one.operation](target)), one.may ? 'done' : 'refused')
    })
}

/** `may: uploads …`, `may not: reads …`. */
export const nameOf = ({ may, name }: ScopeCase): string => `${may ? 'may' : 'may not'}: ${name}`
