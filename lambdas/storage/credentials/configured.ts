import { lend } from '#credential-provider'
import type { Env } from '../../runtime/env.ts'
import type { LendCredentials } from './provider.ts'

/** The credential provider of this deployment, chosen when the functions are bundled (`lib/functions/bundle.ts`). */
export const credentialProvider = (env: Env): LendCredentials => lend(env)
