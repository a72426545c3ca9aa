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

/** End states in which logs are missing, except `canceled`, which somebody asked for. */
export const unsuccessfulUploads = ['missing', 'rejected', 'failed', 'timedOut', 'partial'] as const

export type UploadState = (typeof uploadStates)[number]
