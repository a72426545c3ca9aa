import type { UploadCredentials } from '../credentials/provider.ts'
import { neighbourFolder, probeFolder } from '../probe-key.ts'
import { type Answer, isDone, type Requests } from './requests.ts'

/** The keys and contents of one check, and its results so far. */
export type Probe = {
  id: string
  /** The key for which credentials are lent. */
  key: string
  /** A key in the same folder, which only the session policy denies. */
  beside: string
  /** The key with its file name in upper case. */
  otherCase: string
  /** A key in another folder, which the role denies too. */
  elsewhere: string
  content: { whole: string; inParts: string }
  /** Keys under which something was stored. */
  stored: Set<string>
  lent: UploadCredentials | undefined
  isRead: boolean
}

/** A probe with unique names. */
export const newProbe = (id: string): Probe => ({
  id,
  key: `${probeFolder}/${id}/probe.tar`,
  beside: `${probeFolder}/${id}/beside.tar`,
  otherCase: `${probeFolder}/${id}/PROBE.TAR`,
  elsewhere: `${neighbourFolder}/${id}/probe.tar`,
  content: { whole: `Groundcrew's storage check ${id}\n`, inParts: `The same in parts ${id}\n` },
  stored: new Set(),
  lent: undefined,
  isRead: false,
})

/**
 * Starts a multipart upload of one part and ends it with the requests of `ending`. Resolves to the first
 * response that failed, if any. An upload that cannot be aborted is left to the bucket's lifecycle rule for
 * abandoned uploads.
 */
export const archiveParts = async (
  dock: Requests,
  { key, content }: { key: string; content: string },
  ending: (begun: { uploadId: string; etag: string }) => (() => Promise<Answer>)[],
): Promise<Answer | undefined> => {
  const created = await dock.create(key)
  const { uploadId } = created
  if (!isDone(created) || !uploadId) return created
  const part = await dock.putPart(key, uploadId, content)
  if (!isDone(part) || !part.etag) return part
  for (const request of ending({ uploadId, etag: part.etag })) {
    const answer = await request()
    if (!isDone(answer)) return answer
  }
  return undefined
}
