import ProgressBar, { type ProgressBarProps } from '@cloudscape-design/components/progress-bar'
import type { ReactNode } from 'react'
import type { Archive, Upload } from '../api/records.ts'
import { Foreign } from '../words/foreign.tsx'
import { moduleNames } from '../words/modules.ts'
import { bytes, count, duration, rate } from '../words/quantities.ts'
import { secondsLeft } from './seconds-left.ts'
import { isActive, isArchiveMoving, isStored, uploadStates } from './upload-states.tsx'

const steps: Readonly<Record<string, string>> = {
  pulling: 'Pulling the logs from the device',
  packing: 'Packing the archive',
  uploading: 'Uploading to storage',
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

/** An undocumented step is shown with the dock's own word. */
const Step = ({ step }: { step: string | undefined }) =>
  step === undefined ? uploadStates.uploading.text : (steps[step] ?? <Foreign text={step} />)

const statusOf = (archive: Archive): ProgressBarProps.Status => {
  if (isArchiveMoving(archive)) return 'in-progress'
  return isStored(archive) || archive.deletedAt ? 'success' : 'error'
}

/** One archive in progress: percentage, step, rate, remaining time. */
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
