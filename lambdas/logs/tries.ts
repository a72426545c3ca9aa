import type { FollowNeeds } from './follow.ts'
import { lostOf, type Work, workOf } from './series.ts'
import { uploadStatus } from './state.ts'
import type { StoredUpload, uploadReader } from './store.ts'

/** The uploads of a series: the first one and those that followed it. */

type Needs = { uploads: Pick<ReturnType<typeof uploadReader>, 'get'> }

/** An upload and those that followed it, oldest first, as far as they have not expired. */
export const triesFrom = async (use: Needs, dockSn: string, id: string): Promise<StoredUpload[]> => {
  const upload = await use.uploads.get(dockSn, id)
  const successor = upload?.hot.registers.successor
  const later = successor ? await triesFrom(use, dockSn, successor.id) : []
  return upload ? [upload, ...later] : []
}

/** The newest upload of the series, so that a caller who knows any of them can act on the current one. */
export const newestTry = async (use: Needs, dockSn: string, id: string): Promise<StoredUpload | undefined> =>
  (await triesFrom(use, dockSn, id)).at(-1)

/**
 * What an earlier try lost and no later try included: automatic retries leave out what would fail again. If
 * several tries left something out, returns that of the newest; a further retry finds the next. Undefined if
 * nothing was left out, or if the first try has expired.
 */
export const leftOut = async (
  use: Pick<FollowNeeds, 'uploads' | 'now'>,
  { request: { dockSn, id, retryOf = id } }: StoredUpload,
): Promise<Work | undefined> => {
  const tries = await triesFrom(use, dockSn, retryOf)
  const works = tries.flatMap(({ request, hot: { terms, registers } }, n) => {
    const later = tries.slice(n + 1).flatMap((one) => one.request.archives)
    const triedAgain = (module: string) => {
      const { bootIndexes = [] } = request.archives.find((archive) => archive.module === module) ?? {}
      return bootIndexes.every((bootIndex) =>
        later.some((archive) => archive.module === module && archive.bootIndexes.includes(bootIndex)),
      )
    }
    const lost = lostOf(terms, registers, uploadStatus(terms, registers, use.now()))
    const never = lost.filter(({ module }) => !triedAgain(module))
    return workOf('retry', { ...request, rest: [] }, never) ?? []
  })
  return works.at(-1)
}
