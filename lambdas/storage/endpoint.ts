import { type Env, env as names, required } from '../runtime/env.ts'

/** The S3 endpoint: the stack's, which knows the partition, unless the environment redirects the SDK. */
export const s3Endpoint = (env: Env): string =>
  env.AWS_ENDPOINT_URL_S3 ?? required(env, names.storageEndpoint)[names.storageEndpoint]
