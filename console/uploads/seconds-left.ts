import type { Archive, Upload } from '../api/records.ts'

/** Less progress gives no estimate of the remaining time. */
const leastPercent = 5

/**
 * The remaining seconds of an archive, by its average so far. A dock works on the archives one after another,
 * so the second began when the first ended.
 */
export const secondsLeft = (upload: Upload, archive: Archive, now: number): number | undefined => {
  if (archive.state !== 'uploading' || archive.percent < leastPercent) return undefined
  // The average would promise an end; a silent dock may never reach it.
  if (upload.stalledSince !== undefined) return undefined
  const others = upload.archives.flatMap(({ finishedAt }) => (finishedAt ? [Date.parse(finishedAt)] : []))
  const beganAt = Math.max(Date.parse(upload.createdAt), ...others)
  const seconds = (now - beganAt) / 1000
  return seconds > 0 ? (seconds * (100 - archive.percent)) / archive.percent : undefined
}
