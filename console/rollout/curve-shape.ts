import type { CampaignCurve } from '../api/records.ts'

type Point = CampaignCurve['points'][number]

/** The plane in which the curve is drawn; the picture is scaled to the page. */
export const plane = { width: 1000, height: 240 }

/** Where a value is, from 0 to all of it; of nothing everything is at the start. */
const share = (value: number, of: number): number => (of > 0 ? Math.min(1, value / of) : 0)

/**
 * The path of one number over time, in steps: it stands until it is said to be another. Times go from the first
 * point to the last.
 */
export const stepsOf = (points: readonly Point[], of: 'confirmed' | 'failed', most: number): string => {
  const times = points.map(({ at }) => Date.parse(at))
  const [first = 0] = times
  const span = (times.at(-1) ?? first) - first
  return points
    .map((point, n) => {
      const x = Math.round(share((times[n] ?? first) - first, span) * plane.width)
      const y = Math.round((1 - share(point[of], most)) * plane.height)
      return n === 0 ? `M${x} ${y}` : `H${x}V${y}`
    })
    .join('')
}

/** The most that the plane has room for: all devices, or what was counted if that is more. */
export const mostOf = (points: readonly Point[], devices: number): number =>
  Math.max(devices, 1, ...points.flatMap(({ confirmed, failed }) => [confirmed, failed]))

/** The curve up to now: what was counted since the last point that is kept. */
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
