/** Every state of an upload or an archive. */

export const uploadStates = [
  'requested',
  'accepted',
  'uploading',
  'uploaded',
  'verified',
  'missing',
  'rejected',
  'failed',
  'canceled',
  'timedOut',
  'partial',
] as const

/** Ends that did not bring what was asked for, and that nobody wanted. */
export const unsuccessfulUploads = ['missing', 'rejected', 'failed', 'timedOut', 'partial'] as const

export type UploadState = (typeof uploadStates)[number]
