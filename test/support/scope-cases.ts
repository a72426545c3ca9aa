/**
 * What lent credentials may and may not do: one table for every place in which it is put to the proof. An
 * upload's credentials are for two keys, and the same case means the same requests everywhere.
 */

/** An operation of S3 and, in the words of policies, the right that it takes on the object or the bucket. */
export type Operation =
  | 'put'
  | 'putInParts'
  | 'createParts'
  | 'abortParts'
  | 'listParts'
  | 'get'
  | 'head'
  | 'remove'
  | 'list'
  | 'listUploads'
  | 'copy'
  | 'putTags'
  | 'readPolicy'
  | 'removeBucket'
  | 'putStandard'
  | 'putRarelyRead'
  | 'putWithKey'
  | 'createPartsRarelyRead'
  | 'createPartsWithKey'
  | 'getVersion'
  | 'removeVersion'
  | 'listVersions'

export const rightsOf: Record<Operation, readonly string[]> = {
  put: ['s3:PutObject'],
  putInParts: ['s3:PutObject'],
  createParts: ['s3:PutObject'],
  abortParts: ['s3:PutObject', 's3:AbortMultipartUpload'],
  listParts: ['s3:PutObject', 's3:ListMultipartUploadParts'],
  get: ['s3:GetObject'],
  head: ['s3:GetObject'],
  remove: ['s3:DeleteObject'],
  list: ['s3:ListBucket'],
  listUploads: ['s3:ListBucketMultipartUploads'],
  copy: ['s3:GetObject'],
  putTags: ['s3:PutObjectTagging'],
  readPolicy: ['s3:GetBucketPolicy'],
  removeBucket: ['s3:DeleteBucket'],
  putStandard: ['s3:PutObject'],
  putRarelyRead: ['s3:PutObject'],
  putWithKey: ['s3:PutObject'],
  createPartsRarelyRead: ['s3:PutObject'],
  createPartsWithKey: ['s3:PutObject'],
  getVersion: ['s3:GetObjectVersion'],
  removeVersion: ['s3:DeleteObjectVersion'],
  listVersions: ['s3:ListBucketVersions'],
}

const rarelyRead = { 's3:x-amz-storage-class': 'GLACIER' }
const withKey = { 's3:x-amz-server-side-encryption-customer-algorithm': 'AES256' }

/** What else a policy can see of an operation. */
export const contextOf: { [operation in Operation]?: Readonly<Record<string, string>> } = {
  putStandard: { 's3:x-amz-storage-class': 'STANDARD' },
  putRarelyRead: rarelyRead,
  putWithKey: withKey,
  createPartsRarelyRead: rarelyRead,
  createPartsWithKey: withKey,
}

/**
 * What a case is about, where something is lent for `keys` of one upload. `bucket`: the case is about all of
 * it.
 */
export type Place = 'key' | 'otherKey' | 'bucket' | ((keys: { key: string }) => string)

export type ScopeCase = {
  name: string
  may: boolean
  operation: Operation
  at: Place
  /** The local storage does not have the operation, which is no refusal. */
  notLocal?: true
  /** The policies of other makers need not have the words for it. */
  onlyAws?: true
}

const folders = (key: string, change: (parts: string[]) => string[]): string =>
  change(key.split('/')).join('/')

/** `{fleet}/{dockSn}/{day}/{uploadId}/{module}.tar` with one of these replaced. */
const elsewhere =
  (index: number, name: string): Place =>
  ({ key }) =>
    folders(key, (parts) => parts.with(index, name))

export const scopeCases: readonly ScopeCase[] = [
  { name: 'uploads a granted key in one request', may: true, operation: 'put', at: 'key' },
  { name: 'uploads the other granted key', may: true, operation: 'put', at: 'otherKey' },
  { name: 'uploads a granted key again', may: true, operation: 'put', at: 'key' },
  { name: 'uploads a granted key in parts', may: true, operation: 'putInParts', at: 'key' },
  { name: 'lists the parts it has uploaded', may: true, operation: 'listParts', at: 'key' },
  { name: 'aborts an upload in parts', may: true, operation: 'abortParts', at: 'otherKey' },

  { name: 'says that an upload is of the usual class', may: true, operation: 'putStandard', at: 'key' },

  ...(['putRarelyRead', 'createPartsRarelyRead'] as const).map((operation) => ({
    name: `uploads what can be read only hours later (${operation})`,
    may: false,
    operation,
    at: 'key' as const,
    onlyAws: true as const,
  })),
  ...(['putWithKey', 'createPartsWithKey'] as const).map((operation) => ({
    name: `uploads what only its own key opens (${operation})`,
    may: false,
    operation,
    at: 'key' as const,
    onlyAws: true as const,
  })),
  { name: 'reads a version of its archive', may: false, operation: 'getVersion', at: 'key' },
  { name: 'deletes a version of its archive', may: false, operation: 'removeVersion', at: 'key' },
  { name: 'lists versions', may: false, operation: 'listVersions', at: 'bucket', notLocal: true },
  { name: 'uploads beside the key', may: false, operation: 'put', at: elsewhere(4, 'other.tar') },
  { name: 'uploads below the key', may: false, operation: 'put', at: ({ key }) => `${key}/x` },
  { name: 'uploads a longer name', may: false, operation: 'put', at: ({ key }) => `${key}.2` },
  { name: 'uploads a shorter name', may: false, operation: 'put', at: ({ key }) => key.slice(0, -1) },
  { name: 'uploads a name in capitals', may: false, operation: 'put', at: ({ key }) => key.toUpperCase() },
  { name: 'uploads a name with a star', may: false, operation: 'put', at: elsewhere(4, '*.tar') },
  {
    name: 'uploads to another upload of the dock',
    may: false,
    operation: 'put',
    at: elsewhere(3, '01890000-0000-7000-8000-000000000000'),
  },
  { name: 'uploads to another day', may: false, operation: 'put', at: elsewhere(2, '2001-01-01') },
  { name: 'uploads to another dock', may: false, operation: 'put', at: elsewhere(1, '7CTDMNEIGHBOUR') },
  { name: 'uploads to another fleet', may: false, operation: 'put', at: elsewhere(0, 'another-fleet') },
  {
    name: 'uploads to a fleet whose name ends like its own',
    may: false,
    operation: 'put',
    at: ({ key }) => `x${key}`,
  },
  { name: 'uploads without folders', may: false, operation: 'put', at: () => 'dock.tar' },
  {
    name: 'begins an upload in parts to another dock',
    may: false,
    operation: 'createParts',
    at: elsewhere(1, '7CTDMNEIGHBOUR'),
  },
  {
    name: 'begins an upload in parts beside the key',
    may: false,
    operation: 'createParts',
    at: elsewhere(4, 'other.tar'),
  },
  { name: 'reads its archive', may: false, operation: 'get', at: 'key' },
  { name: 'looks at its archive', may: false, operation: 'head', at: 'key' },
  { name: 'looks for what is not there', may: false, operation: 'head', at: elsewhere(4, 'other.tar') },
  {
    name: 'reads what another dock may have uploaded',
    may: false,
    operation: 'get',
    at: elsewhere(1, '7CTDMNEIGHBOUR'),
  },
  { name: 'deletes its archive', may: false, operation: 'remove', at: 'key' },
  {
    name: 'deletes the archive of another dock',
    may: false,
    operation: 'remove',
    at: elsewhere(1, '7CTDMNEIGHBOUR'),
  },
  {
    name: 'copies its archive, which is reading it',
    may: false,
    operation: 'copy',
    at: 'key',
    notLocal: true,
  },
  { name: 'tags its archive', may: false, operation: 'putTags', at: 'key', notLocal: true },
  { name: 'lists the bucket', may: false, operation: 'list', at: 'bucket' },
  { name: 'lists the uploads under way', may: false, operation: 'listUploads', at: 'bucket', notLocal: true },
  {
    name: 'reads the policy of the bucket',
    may: false,
    operation: 'readPolicy',
    at: 'bucket',
    notLocal: true,
  },
  { name: 'deletes the bucket', may: false, operation: 'removeBucket', at: 'bucket', notLocal: true },
]

/** The key that a case is about; undefined for the bucket. */
export const keyOf = (
  { at }: ScopeCase,
  [key = '', otherKey = '']: readonly string[],
): string | undefined => {
  if (at === 'bucket') return undefined
  if (typeof at === 'function') return at({ key })
  return at === 'key' ? key : otherKey
}
