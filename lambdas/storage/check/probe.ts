import type { UploadCredentials } from '../credentials/provider.ts'
import { neighbourFolder, probeFolder } from '../probe-key.ts'
import { type Answer, isDone, type Requests } from './requests.ts'

/** What one check stores and tries to store, and what it has found out so far. */
export type Probe = {
  id: string
  /** What is lent is for this key. */
  key: string
  /** A key of the same folder, which the session policy alone keeps closed. */
  beside: string
  /** The key, but for the case of its letters. */
  otherCase: string
  /** A key of another folder, which the role keeps closed too. */
  elsewhere: string
  content: { whole: string; inParts: string }
  /** Keys under which something was stored. */
  stored: Set<string>
  lent: UploadCredentials | undefined
  isRead: boolean
}

/** A probe whose names no other check has. */
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
 * Uploads in one part, up to the requests that end it one way or the other: the first answer that is not as
 * it should be. What cannot be aborted is left to the bucket's rule for abandoned uploads.
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
