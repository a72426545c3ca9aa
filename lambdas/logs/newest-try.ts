import type { StoredUpload, uploadReader } from './store.ts'

type Needs = { uploads: Pick<ReturnType<typeof uploadReader>, 'get'> }

/** An upload and those that followed it, in their order, as far as they are kept. */
export const triesFrom = async (use: Needs, dockSn: string, id: string): Promise<StoredUpload[]> => {
  const upload = await use.uploads.get(dockSn, id)
  const successor = upload?.hot.registers.successor
  const later = successor ? await triesFrom(use, dockSn, successor.id) : []
  return upload ? [upload, ...later] : []
}

/** The newest of them: whoever knows any one of them can act on what goes on now. */
export const newestTry = async (use: Needs, dockSn: string, id: string): Promise<StoredUpload | undefined> =>
  (await triesFrom(use, dockSn, id)).at(-1)
