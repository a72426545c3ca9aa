import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import type { Archive, Upload, UploadState } from '../api/records.ts'

type Meaning = { type: StatusIndicatorProps.Type; text: string }

/** The texts for each state of an upload. */
export const uploadStates: Record<UploadState, Meaning> = {
  requested: { type: 'pending', text: 'Requested, no answer yet' },
  accepted: { type: 'in-progress', text: 'Accepted' },
  uploading: { type: 'in-progress', text: 'Uploading' },
  uploaded: { type: 'in-progress', text: 'Checking storage' },
  verified: { type: 'success', text: 'Verified' },
  missing: { type: 'error', text: 'Missing in storage' },
  rejected: { type: 'error', text: 'Refused by the dock' },
  failed: { type: 'error', text: 'Failed' },
  canceled: { type: 'stopped', text: 'Canceled' },
  timedOut: { type: 'error', text: 'No answer in time' },
  partial: { type: 'warning', text: 'Partly verified' },
}

/** Whether the dock is still working on it, so that it can be canceled. */
export const isActive = (state: string): boolean =>
  state === 'requested' || state === 'accepted' || state === 'uploading'

/**
 * Whether storage still has to show what the dock says it uploaded. `uploaded` is final if the archive
 * differs from the dock's report, was deleted, or was never reported as finished.
 */
const isBeingChecked = ({ state, finishedAt, verification, deletedAt }: Archive): boolean =>
  state === 'uploaded' && finishedAt !== undefined && verification === undefined && deletedAt === undefined

/** Whether an archive may still change, by the dock or by storage. */
export const isArchiveMoving = (archive: Archive): boolean =>
  isActive(archive.state) || isBeingChecked(archive)

/** The same for an upload. */
export const isMoving = ({ state, archives }: Upload): boolean =>
  isActive(state) || archives.some(isBeingChecked)

/** Whether storage holds an object, even one that differs from the dock's report. */
export const isStored = ({ verification, deletedAt }: Archive): boolean =>
  verification !== undefined && verification !== 'absent' && deletedAt === undefined

const isKnown = (state: string): state is UploadState => Object.hasOwn(uploadStates, state)

/** A state with its icon. `differs`: the stored object differs from the dock's report. */
export const UploadStatus = ({ state, differs = false }: { state: string; differs?: boolean }) => {
  if (differs) return <StatusIndicator type="warning">In storage, but differs</StatusIndicator>
  const { type, text } = isKnown(state) ? uploadStates[state] : { type: 'info' as const, text: state }
  return <StatusIndicator type={type}>{text}</StatusIndicator>
}

const isOdd = ({ verification }: Archive): boolean =>
  verification === 'sizeDiffers' || verification === 'checksumDiffers'

export const UploadIndicator = ({ upload }: { upload: Upload }) => (
  <UploadStatus state={upload.state} differs={upload.archives.some(isOdd)} />
)

export const ArchiveIndicator = ({ archive }: { archive: Archive }) => (
  <UploadStatus state={archive.state} differs={isOdd(archive)} />
)
