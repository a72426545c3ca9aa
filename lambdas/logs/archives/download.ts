import { iso } from '../../http/iso.ts'
import type { Handlers } from '../../http/on-http.ts'
import { ok, problem } from '../../http/reply.ts'
import type { Archives } from '../../storage/archives/configured.ts'
import type { historyStore } from '../history.ts'
import type { logRoutes } from '../routes.ts'
import { storageOf } from './counted-object.ts'
import { type ArchiveNeeds, findArchive } from './find.ts'

/**
 * Makes a download link to one archive, for the version that counts, and records the caller in the history.
 * Each call makes a new link; older ones expire on their own.
 */

type Needs = ArchiveNeeds & {
  history: Pick<ReturnType<typeof historyStore>, 'add'>
  archives: Archives
  now: () => number
}

/** Long enough to click on, too short to pass on. */
const linkSeconds = 300

export const downloadArchive = (use: Needs): Handlers<typeof logRoutes, 'downloadArchive'> => ({
  downloadArchive: async (request) => {
    const { dockSn, id, module } = request.params
    const found = await findArchive(use, request)
    if ('status' in found) return found
    const { upload, archive } = found
    const deletion = upload.hot.registers[`${module}Deleted`]
    if (deletion) return problem('archive-expired', `${deletion.by} had it deleted at ${iso(deletion.at)}.`)
    const { object } = storageOf(upload.hot.registers, module)
    const stored = await use.archives.find(archive.objectKey, object?.version)
    if (!stored)
      return object
        ? problem('archive-expired', 'It was in storage, and has been removed since.')
        : problem('archive-not-stored', 'The dock has not uploaded it.')
    const at = use.now()
    await use.history.add(dockSn, id, { at, by: request.caller.name, action: `download ${module}` })
    const fileName = `${dockSn}-${id}-${module}.tar`
    // Without an event so far, the link names the version just found, so that it cannot open another one
    // later.
    const { version } = object ?? stored
    const url = await use.archives.link(archive.objectKey, fileName, linkSeconds, version)
    return {
      ...ok({ url, expiresAt: iso(at + linkSeconds * 1000) }),
      headers: { 'cache-control': 'no-store' },
    }
  },
})
