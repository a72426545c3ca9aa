/**
 * What a dock is doing, in our words, by its `mode_code`: 0 is the first.
 * Source: DJI Cloud API, "Properties" of Dock 1, 2 and 3.
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
