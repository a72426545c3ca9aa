import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { clientFor, type LentStorage } from './logs/archive-upload.ts'

/** A request that lent credentials should not allow, and storage's answer. */
export type Attempt = { what: string; answer: string }

/** Tries forbidden requests with credentials lent for one archive: other keys, reading, listing, deleting. */
export const tryOtherDoors = async (storage: LentStorage, objectKey: string): Promise<Attempt[]> => {
  const client = clientFor(storage)
  const { bucket: Bucket } = storage
  const folder = objectKey.split('/').slice(0, -1).join('/')
  const neighbour = objectKey.replace(/^([^/]+)\/[^/]+/, '$1/7CTDMNEIGHBOUR')
  const put = (bucket: string, key: string) => () =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'x' }))
  const attempts: [what: string, send: () => Promise<unknown>][] = [
    ['put into another dock’s folder', put(Bucket, neighbour)],
    ['put another file beside the archive', put(Bucket, `${folder}/x`)],
    ['read the archive', () => client.send(new GetObjectCommand({ Bucket, Key: objectKey }))],
    ['list the bucket', () => client.send(new ListObjectsV2Command({ Bucket }))],
    ['delete the archive', () => client.send(new DeleteObjectCommand({ Bucket, Key: objectKey }))],
  ]
  const answers: Attempt[] = []
  for (const [what, send] of attempts)
    answers.push({ what, answer: await send().then(() => 'allowed', nameOf) })
  client.destroy()
  return answers
}

const nameOf = (error: unknown): string => (error instanceof S3ServiceException ? error.name : String(error))
