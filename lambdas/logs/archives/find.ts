import { type HttpReply, notFound, problem, unknownDock } from '../../http/reply.ts'
import type { Fleets } from '../../table/fleets.ts'
import type { StoredUpload, uploadReader } from '../store.ts'

export type ArchiveNeeds = {
  /** The dock, if it is or was registered. */
  docks: { find: (dockSn: string, fleets: Fleets) => Promise<object | undefined> }
  uploads: Pick<ReturnType<typeof uploadReader>, 'get'>
}

export type FoundArchive = { upload: StoredUpload; archive: StoredUpload['request']['archives'][number] }

type Address = {
  params: { dockSn: string; id: string; module: FoundArchive['archive']['module'] }
  fleets: Fleets
}

/**
 * Finds the archive that a request names, of a dock in the caller's fleets, or replies 404 and says what is
 * missing. Only reads.
 */
export const findArchive = async (
  use: ArchiveNeeds,
  { params: { dockSn, id, module }, fleets }: Address,
): Promise<FoundArchive | HttpReply> => {
  const dock = await use.docks.find(dockSn, fleets)
  if (!dock) return unknownDock(dockSn)
  const upload = await use.uploads.get(dockSn, id)
  if (!upload) return notFound('upload', id)
  const archive = upload.request.archives.find((one) => one.module === module)
  return archive ? { upload, archive } : problem('not-found', `The upload has no archive of the ${module}.`)
}
