import type { Handlers } from '../../http/on-http.ts'
import { done, problem } from '../../http/reply.ts'
import type { Archives } from '../../storage/archives/configured.ts'
import { deletionFact } from '../facts.ts'
import type { historyStore } from '../history.ts'
import type { HotUploads } from '../hot-upload.ts'
import type { logRoutes } from '../routes.ts'
import { uploadStatus } from '../state.ts'
import { uploadHref } from '../view.ts'
import { storageOf } from './counted-object.ts'
import { type ArchiveNeeds, findArchive } from './find.ts'

/**
 * Deletes one archive of an upload that has ended. The object is deleted before the record says so, because
 * the record must not claim it too early. A repeat removes what the dock may have uploaded since, as its
 * credentials may still be valid, and leaves the record as it is: the first deletion counts. In a versioned
 * bucket the version that counts is deleted permanently. A delete marker hides the others until the bucket's
 * lifecycle rule for old versions removes them.
 */

type Needs = ArchiveNeeds & {
  history: Pick<ReturnType<typeof historyStore>, 'add'>
  hot: Pick<HotUploads, 'record'>
  archives: Pick<Archives, 'remove'>
  now: () => number
}

export const deleteArchive = (use: Needs): Handlers<typeof logRoutes, 'deleteArchive'> => ({
  deleteArchive: async (request) => {
    const { dockSn, id, module } = request.params
    const found = await findArchive(use, request)
    if ('status' in found) return found
    const { upload, archive } = found
    const at = use.now()
    const { terms, registers } = upload.hot
    if (uploadStatus(terms, registers, at).open)
      return problem('upload-open', 'Wait for its end, or cancel it.', { href: uploadHref(dockSn, id) })
    const { version } = storageOf(registers, module).object ?? {}
    if (version !== undefined) await use.archives.remove(archive.objectKey, version)
    await use.archives.remove(archive.objectKey)
    if (registers[`${module}Deleted`]) return done()
    await use.history.add(dockSn, id, { at, by: request.caller.name, action: `delete ${module}` })
    await use.hot.record(dockSn, id, deletionFact(module, registers, { at, by: request.caller.name, id }))
    return done()
  },
})
