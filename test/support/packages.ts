import { createHash } from 'node:crypto'
import type { TestContext } from 'node:test'
import { env as names } from '../../lambdas/env.ts'
import { packageFiles } from '../../lambdas/storage/package-files.ts'
import { readerArn, startWorld } from '../local/object-store/storage-world.ts'

export const packageBucket = 'groundcrew-packages'

const hashOf = (algorithm: 'sha256' | 'md5', bytes: Uint8Array): string =>
  createHash(algorithm).update(bytes).digest('hex')

/** What is said of a file before it is uploaded. */
export const announced = (bytes: Uint8Array) => ({
  size: bytes.length,
  sha256: hashOf('sha256', bytes),
  md5: hashOf('md5', bytes),
})

/** Lets the process be a function with these credentials. */
const credentialNames = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const

/**
 * The local object storage with a bucket for packages, and the files in it as a function with all rights there
 * sees them.
 */
export const openPackageStorage = async (t: Pick<TestContext, 'after'>, { versioned = true } = {}) => {
  const statement = {
    Effect: 'Allow',
    Action: 's3:*',
    Resource: [`arn:aws:s3:::${packageBucket}`, `arn:aws:s3:::${packageBucket}/*`],
  }
  const trust = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  }
  const arn = readerArn
  const world = await startWorld({
    buckets: [{ name: packageBucket, versioned }],
    roles: [
      {
        ...{ arn, name: 'reader', trust, maxSessionSeconds: 3600 },
        policies: [{ Version: '2012-10-17', Statement: [statement] }],
      },
    ],
  })
  const credentials = await world.credentialsOf(arn)
  const values = [credentials.accessKeyId, credentials.secretAccessKey, credentials.sessionToken]
  for (const [n, name] of credentialNames.entries()) process.env[name] = values[n]
  t.after(async () => {
    for (const name of credentialNames) delete process.env[name]
    await world.stop()
  })
  const env = {
    [names.packageBucket]: packageBucket,
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_S3: world.s3Url,
  }
  return { world, env, files: packageFiles(env) }
}
