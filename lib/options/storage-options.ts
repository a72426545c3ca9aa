import * as z from 'zod'

/** A URL without a path, since buckets and keys form the path. Plain HTTP would reveal lent credentials. */
const origin = z.url({ protocol: /^https?$/ }).transform((url, context) => {
  const { origin: only, pathname, search, hash } = new URL(url)
  if (pathname !== '/' || search || hash) {
    context.addIssue({ code: 'custom', message: 'must be an address without a path' })
    return z.NEVER
  }
  return only
})
const secureOrigin = origin.refine(
  (url) => url.startsWith('https:') || /^http:\/\/(127\.0\.0\.1|localhost)(:|$)/.test(url),
  'must be https: the answers of its STS hold credentials',
)

/** A grant needs the full ARN. */
export const secretArn = z
  .string()
  .regex(
    /^arn:[\w-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/,
    'must be the full ARN of a secret, with the six characters at its end',
  )

/** Options of the storage for archives; `docs/storage.md` explains them. */
export const storageOptions = {
  provider: z.enum(['aws', 'minio', 'ali']).default('aws'),
  /** Where the functions reach storage, and docks too unless `dockStorageEndpoint` is set. */
  storageEndpoint: secureOrigin.optional(),
  dockStorageEndpoint: origin.optional(),
  storageRegion: z
    .string()
    .regex(/^(?!oss-)[a-z0-9-]+$/, 'must be a region as signatures name it, such as us-east-1 or cn-hangzhou')
    .optional(),
  /** The full ARN of the secret with the key pair. */
  storageSecretArn: secretArn.optional(),
  bucketName: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket')
    .optional(),
  /**
   * The ARN of the AWS KMS key that encrypts the bucket; an alias will not do, since S3 resolves aliases only
   * for its owner.
   */
  kmsKeyArn: z
    .string()
    .regex(/^arn:[\w-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/, 'must be the ARN of a KMS key, not of an alias')
    .optional(),
  /** The role that the storage server's STS is asked for; MinIO ignores it. */
  storageRoleArn: z
    .string()
    .regex(
      /^arn:aws:iam::\d{0,12}:role\/[\w+=,.@/-]+$/,
      'must be the ARN of a role, arn:aws:iam::<account>:role/<name>',
    )
    .optional(),
  aliRoleArn: z
    .string()
    .regex(/^acs:ram::\d+:role\/[\w.-]+$/, 'must be the ARN of a RAM role, acs:ram::<account>:role/<name>')
    .optional(),
  aliStsEndpoint: secureOrigin.optional(),
}

type Given = z.infer<z.ZodObject<typeof storageOptions>>

/** Storage outside AWS, and how it is reached. */
export type ExternalStorageOptions = {
  provider: 'minio' | 'ali'
  endpoint: string
  dockEndpoint?: string | undefined
  region: string
  bucket: string
  secretArn: string
  roleArn?: string | undefined
  aliRoleArn?: string | undefined
  aliStsEndpoint?: string | undefined
}
export type StorageChoice = { provider: 'aws' } | ExternalStorageOptions

const external = ['storageEndpoint', 'storageRegion', 'storageSecretArn'] as const

/** Options that the provider needs but lacks, and those that it cannot use. */
const faultsOf = (given: Given): [name: keyof Given, message: string][] => {
  const { provider } = given
  const missing = (name: keyof Given): [keyof Given, string][] =>
    given[name] === undefined ? [[name, `is needed with provider=${provider}`]] : []
  const useless = (name: keyof Given): [keyof Given, string][] =>
    given[name] === undefined ? [] : [[name, `has no effect with provider=${provider}`]]
  const ali = ['aliRoleArn', 'aliStsEndpoint'] as const
  if (provider === 'aws')
    return [...external, 'dockStorageEndpoint' as const, 'storageRoleArn' as const, ...ali].flatMap(useless)
  const keys = useless('kmsKeyArn')
  const needed = [...external, 'bucketName' as const].flatMap(missing)
  const own =
    provider === 'ali' ? [...missing('aliRoleArn'), ...useless('storageRoleArn')] : ali.flatMap(useless)
  return [...keys, ...needed, ...own]
}

/** The storage options as one choice; all faults go to `context`. */
export const chooseStorage = (given: Given, context: z.RefinementCtx): StorageChoice => {
  for (const [name, message] of faultsOf(given)) context.addIssue({ code: 'custom', message, path: [name] })
  const { provider, storageEndpoint, storageRegion, storageSecretArn, bucketName } = given
  if (provider === 'aws') return { provider }
  if (!storageEndpoint || !storageRegion || !storageSecretArn || !bucketName) return z.NEVER
  return {
    provider,
    endpoint: storageEndpoint,
    region: storageRegion,
    bucket: bucketName,
    secretArn: storageSecretArn,
    dockEndpoint: given.dockStorageEndpoint,
    roleArn: given.storageRoleArn,
    aliRoleArn: given.aliRoleArn,
    aliStsEndpoint: given.aliStsEndpoint,
  }
}
