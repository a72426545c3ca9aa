import { stepSeconds } from '../../pace.ts'
import { tryOtherDoors } from '../curiosity.ts'
import { resultCodes } from '../result-codes.ts'
import { archiveOf, type PackedArchive } from './archive.ts'
import { uploadArchive } from './archive-upload.ts'
import { type Part, type Run, reportWith, sendReport } from './export-run.ts'

const leastBytesPerStep = 512 * 1024
const mostSteps = 50

/** For a dock that has lost power or crashed: its code never continues. */
const forever = (): Promise<never> => new Promise(() => {})

const whenCut = (power: AbortSignal): Promise<never> =>
  new Promise((_, reject) => power.addEventListener('abort', () => reject(power.reason), { once: true }))

/** The faults in the middle of an upload. True: the archive ends here. */
const halfway = async (run: Run, part: Part): Promise<boolean> => {
  const faults = run.needs.faults()
  if (faults.restartMidUpload) run.needs.powerFails(faults.restartMidUpload)
  if (faults.restartMidUpload || faults.stuck) await forever()
  if (faults.earlyTwin) {
    run.needs.report(reportWith(run, part, { status: 'ok', percent: 100, finishedAt: run.needs.now() }))
  }
  return faults.uploadHalf === true
}

/** A dock without power does not even abort an upload: it just stops reading. */
const step = async (run: Run, part: Part): Promise<void> => {
  try {
    await run.needs.tick(part.stop)
  } catch (error) {
    if (run.power.aborted) await forever()
    throw error
  }
}

/** The archive's bytes at the dock's pace, reported as they are sent. */
async function* sending(run: Run, part: Part, totalBytes: number): AsyncGenerator<Buffer> {
  const bytesPerStep = Math.max(leastBytesPerStep, Math.ceil(totalBytes / mostSteps))
  const uploadRate = Math.round(bytesPerStep / stepSeconds)
  let read = 0
  for await (const chunk of archiveOf(part.file.logs)) {
    const before = read
    read += chunk.length
    if (read > (run.needs.faults().networkFailure ?? Number.POSITIVE_INFINITY))
      throw new Error('network failure')
    if (before < totalBytes / 2 && read >= totalBytes / 2 && (await halfway(run, part))) return
    if (Math.floor(read / bytesPerStep) > Math.floor(before / bytesPerStep)) {
      await step(run, part)
      sendReport(run, part, { percent: Math.min(99, Math.floor((100 * read) / totalBytes)), uploadRate })
    }
    yield chunk
  }
}

const drain = async (bytes: AsyncIterable<Buffer>): Promise<void> => {
  for await (const _ of bytes);
}

const store = async (run: Run, part: Part, archive: PackedArchive): Promise<void> => {
  const { curious, expiredCredentials, networkFailure, sayOkUploadNothing } = run.needs.faults()
  const body = sending(run, part, archive.sizeBytes)
  const { storage } = run.request
  if (!storage || sayOkUploadNothing) return drain(body)
  const lent = expiredCredentials ? { ...storage, sessionToken: `expired.${storage.sessionToken}` } : storage
  if (curious) for (const attempt of await tryOtherDoors(lent, archive.objectKey)) run.needs.tried(attempt)
  const leavePartsOnError = networkFailure !== undefined
  await uploadArchive(lent, { objectKey: archive.objectKey, body, leavePartsOnError })
  run.needs.stored(archive)
}

/**
 * Uploads a packed archive; returns the result code. Rejects when it is stopped. The vendor has one code for
 * every failed upload, whether network or storage failed.
 */
export const storeArchive = async (run: Run, part: Part, archive: PackedArchive): Promise<number> => {
  const status = run.needs.faults().unknownStatus ? 'file_verifying' : 'file_uploading'
  sendReport(run, part, { status, step: 3, percent: 0 })
  try {
    await Promise.race([store(run, part, archive), whenCut(run.power)])
    return resultCodes.ok
  } catch (error) {
    if (part.stop.aborted) throw error
    return resultCodes.uploadFailed
  }
}
