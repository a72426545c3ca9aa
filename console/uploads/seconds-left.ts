import type { Archive, Upload } from '../api/records.ts'

/** Too little progress tells nothing of the time that is left. */
const tellingPercent = 5

/**
 * Seconds until an archive is done, by its average so far. The archives of an upload are worked on one after
 * another, so the second began when the first ended.
 */
export const secondsLeft = (upload: Upload, archive: Archive, now: number): number | undefined => {
  if (archive.state !== 'uploading' || archive.percent < tellingPercent) return undefined
  // By its average it would be at work; a dock that says nothing may never be again.
  if (upload.stalledSince !== undefined) return undefined
  const others = upload.archives.flatMap(({ finishedAt }) => (finishedAt ? [Date.parse(finishedAt)] : []))
  const beganAt = Math.max(Date.parse(upload.createdAt), ...others)
  const seconds = (now - beganAt) / 1000
  return seconds > 0 ? (seconds * (100 - archive.percent)) / archive.percent : undefined
}
