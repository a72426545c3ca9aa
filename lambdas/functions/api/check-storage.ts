import { archives, presignWith, provider } from '#archives'
import { onHttp } from '../../http/on-http.ts'
import { newId } from '../../runtime/new-id.ts'
import { storageRoutes } from '../../storage/check/routes.ts'
import { checkStorage } from '../../storage/check/run.ts'
import { credentialProvider } from '../../storage/credentials/configured.ts'

export const handler = onHttp(storageRoutes, (env) =>
  checkStorage({
    lend: credentialProvider(env),
    archives: archives(env),
    presignWith,
    provider,
    newId,
    now: Date.now,
  }),
)
