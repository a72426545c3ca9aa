/**
 * What a dock is doing, in our own terms; the index is its `mode_code`. Source: DJI Cloud API, "Properties"
 * of Dock 1, 2 and 3.
 */
export const modes = [
  'idle',
  'onSiteDebugging',
  'remoteDebugging',
  'upgrading',
  'working',
  'uncalibrated',
] as const
export type Mode = (typeof modes)[number]
