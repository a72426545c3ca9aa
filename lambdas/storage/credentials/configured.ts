import { lend } from '#credential-provider'
import type { Env } from '../../env.ts'
import type { LendCredentials } from './provider.ts'

/**
 * The provider that lends credentials in this deployment: chosen when the functions are bundled
 * (`lib/bundle.ts`).
 */
export const credentialProvider = (env: Env): LendCredentials => lend(env)
