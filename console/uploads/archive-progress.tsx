import ProgressBar, { type ProgressBarProps } from '@cloudscape-design/components/progress-bar'
import type { ReactNode } from 'react'
import type { Archive, Upload } from '../api/records.ts'
import { Foreign } from '../words/foreign.tsx'
import { bytes, count, duration, rate } from '../words/quantities.ts'
import { isActive, isArchiveMoving, isStored, moduleNames, uploadStates } from './upload-states.tsx'

const steps: Readonly<Record<string, string>> = {
  pulling: 'Pulling the logs from the device',
  packing: 'Packing the archive',
  uploading: 'Uploading to storage',
}

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

const whatHappens = (upload: Upload, archive: Archive): ReactNode => {
  if (!isActive(archive.state)) return uploadStates[archive.state].text
  if (archive.state === 'requested') return uploadStates.requested.text
  if (archive.state !== 'uploading') return `${uploadStates[archive.state].text}, waiting for its turn`
  const left = secondsLeft(upload, archive, Date.now())
  const details = [
    archive.step === 'uploading' && archive.bytesPerSecond && !upload.stalledSince
      ? rate(archive.bytesPerSecond)
      : '',
    left === undefined ? '' : `about ${duration(left)} left`,
  ].filter(Boolean)
  return (
    <>
      <Step step={archive.step} />
      {details.map((detail) => ` · ${detail}`)}
    </>
  )
}

/** A step that the vendor does not name is the dock's own word. */
const Step = ({ step }: { step: string | undefined }) =>
  step === undefined ? uploadStates.uploading.text : (steps[step] ?? <Foreign text={step} />)

const statusOf = (archive: Archive): ProgressBarProps.Status => {
  if (isArchiveMoving(archive)) return 'in-progress'
  return isStored(archive) || archive.deletedAt ? 'success' : 'error'
}

/** One archive on its way: how far, at what step, how fast, how long. */
export const ArchiveProgress = ({ upload, archive }: { upload: Upload; archive: Archive }) => {
  const size = archive.sizeBytes ? ` · ${bytes(archive.sizeBytes)}` : ''
  return (
    <ProgressBar
      label={moduleNames[archive.module]}
      description={`${count(archive.bootIndexes.length, 'log')}${size}`}
      value={archive.percent}
      status={statusOf(archive)}
      additionalInfo={isArchiveMoving(archive) ? whatHappens(upload, archive) : undefined}
      resultText={archive.failure?.reason ?? whatHappens(upload, archive)}
    />
  )
}
