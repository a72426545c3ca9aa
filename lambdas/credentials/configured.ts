import type { Env } from '../env.ts'
import { awsSts } from './aws-sts.ts'
import type { LendCredentials } from './provider.ts'

/** The provider that lends credentials in this deployment. */
export const credentialProvider = (env: Env): LendCredentials => awsSts(env)
