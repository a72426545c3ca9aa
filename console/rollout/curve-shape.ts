import type { CampaignCurve } from '../api/records.ts'

type Point = CampaignCurve['points'][number]

/** The coordinate plane of the curve; the picture is scaled to the page. */
export const plane = { width: 1000, height: 240 }

/** A value's share, from 0 to 1; 0 if the whole is 0. */
const share = (value: number, of: number): number => (of > 0 ? Math.min(1, value / of) : 0)

/** The part of the width that the last value gets: its step must not lie on the edge of the picture. */
const lastShare = 0.04

/**
 * The step path of one number over time: each value holds until the next. Times go from the first point to
 * the last, whose value holds to the edge.
 */
export const stepsOf = (points: readonly Point[], of: 'confirmed' | 'failed', most: number): string => {
  const times = points.map(({ at }) => Date.parse(at))
  const [first = 0] = times
  const span = (times.at(-1) ?? first) - first
  const steps = points.map((point, n) => {
    const x = Math.round(share((times[n] ?? first) - first, span) * (1 - lastShare) * plane.width)
    const y = Math.round((1 - share(point[of], most)) * plane.height)
    return n === 0 ? `M${x} ${y}` : `H${x}V${y}`
  })
  return points.length > 0 ? `${steps.join('')}H${plane.width}` : ''
}

/** The maximum of the value axis: all devices, or the counted number if that is larger. */
export const mostOf = (points: readonly Point[], devices: number): number =>
  Math.max(devices, 1, ...points.flatMap(({ confirmed, failed }) => [confirmed, failed]))

/** The curve up to now: adds the present counts to the stored points. */
export const upTo = (
  points: readonly Point[],
  phases: readonly { confirmed: number; failed: number }[],
  at: string,
): Point[] => {
  const sum = (of: 'confirmed' | 'failed') => phases.reduce((all, phase) => all + phase[of], 0)
  const now = { at, confirmed: sum('confirmed'), failed: sum('failed') }
  const last = points.at(-1)
  return last && Date.parse(at) > Date.parse(last.at) ? [...points, now] : [...points]
}
