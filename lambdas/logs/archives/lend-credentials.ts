import { iso } from '../../http/iso.ts'
import type { Handlers } from '../../http/on-http.ts'
import { notFound, ok, problem, unknownDock } from '../../http/reply.ts'
import type { dockStore } from '../../registry/store.ts'
import { credentialsLifetimeSeconds, type LendCredentials } from '../../storage/credentials/provider.ts'
import type { historyStore } from '../history.ts'
import type { logRoutes } from '../routes.ts'
import { uploadStatus } from '../state.ts'
import type { uploadReader } from '../store.ts'
import { uploadHref } from '../view.ts'

/**
 * Lends credentials for an open upload again, for somebody who has to put its archives into storage by hand.
 * They are in the response and nowhere else. Each call lends new credentials and is recorded in the upload's
 * history; those lent before stay valid until they expire.
 */

type Needs = {
  docks: Pick<ReturnType<typeof dockStore>, 'find'>
  uploads: Pick<ReturnType<typeof uploadReader>, 'get'>
  history: Pick<ReturnType<typeof historyStore>, 'add'>
  lend: LendCredentials
  now: () => number
}

export const lendCredentials = (use: Needs): Handlers<typeof logRoutes, 'lendCredentials'> => ({
  lendCredentials: async ({ params: { dockSn, id }, fleets, caller }) => {
    const dock = await use.docks.find(dockSn, fleets)
    if (!dock) return unknownDock(dockSn)
    const upload = await use.uploads.get(dockSn, id)
    if (!upload) return notFound('upload', id)
    const { fleet, archives } = upload.request
    const at = use.now()
    const status = uploadStatus(upload.hot.terms, upload.hot.registers, at)
    if (!status.open)
      return problem('upload-ended', `It is ${status.state}.`, { href: uploadHref(dockSn, id) })
    const objectKeys = archives.map(({ objectKey }) => objectKey)
    const lifetimeSeconds = credentialsLifetimeSeconds
    const { storage, credentials } = await use.lend({
      uploadId: id,
      dockSn,
      fleet,
      keys: objectKeys,
      lifetimeSeconds,
    })
    // Before the response: no credentials without an entry in the history.
    await use.history.add(dockSn, id, { at, by: caller.name, action: 'credentials' })
    return {
      ...ok({
        storage,
        credentials: { ...credentials, expiresAt: iso(credentials.expiresAt) },
        objectKeys,
      }),
      headers: { 'cache-control': 'no-store' },
    }
  },
})
