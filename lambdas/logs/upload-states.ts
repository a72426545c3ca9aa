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

export type UploadState = (typeof uploadStates)[number]
