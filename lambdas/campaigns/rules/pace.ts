/**
 * How many devices may be offered their package now. `together`: how many of a phase may be open at once;
 * `open`: how many are. `perMinute`: the limit of the whole campaign; `releasedInThisMinute`: what it used in
 * this minute of the clock. A device that was refused, failed or confirmed is not open, so its place is free.
 * Pure.
 */
export const roomFor = ({
  together,
  open,
  perMinute = Number.POSITIVE_INFINITY,
  releasedInThisMinute,
}: {
  together: number
  open: number
  perMinute?: number | undefined
  releasedInThisMinute: number
}): number => Math.max(0, Math.min(together - open, perMinute - releasedInThisMinute))
