import { createHash } from 'node:crypto'
import { hundredths, wholeInHundredths } from './percent.ts'
import type { Phase } from './shapes.ts'

/** Assigns a campaign's devices to its phases. Pure, and deterministic. */

export type Candidate = { deviceId: string; labels?: Readonly<Record<string, string>> | undefined }

/** `phases`: device ids of each phase, in the order of their offers. `leftOut`: those in no phase. */
type Cut = { phases: string[][]; leftOut: string[] }

/**
 * A device's place in a campaign: pseudo-random, so that a first phase is a sample, and different in each
 * campaign, so that the same devices do not always go first.
 */
export const orderOf = (campaignId: string, deviceId: string): string =>
  createHash('sha256').update(`${campaignId}\n${deviceId}`).digest('hex').slice(0, 32)

/**
 * Assigns the devices to one phase after the other, each device once. A percentage refers to all candidates;
 * rounding applies to the cumulative percentage, so that the phases' sum is right. A phase takes at least one
 * device if any is left: a phase without devices would prove nothing.
 */
export const cut = (
  campaignId: string,
  phases: readonly Pick<Phase, 'take'>[],
  candidates: readonly Candidate[],
): Cut => {
  let left = inOrder(campaignId, candidates)
  const share = sharesOf(left.length)
  const dealt = phases.map(({ take }) => {
    const taken = takenBy(take, left, share)
    const ids = new Set(taken)
    left = left.filter(({ deviceId }) => !ids.has(deviceId))
    return taken
  })
  return { phases: dealt, leftOut: idsOf(left) }
}

/** Removes duplicates, and sorts by place. */
const inOrder = (campaignId: string, candidates: readonly Candidate[]): Candidate[] =>
  [...new Map(candidates.map((one) => [one.deviceId, one])).values()]
    .map((one) => ({ one, order: orderOf(campaignId, one.deviceId) }))
    .toSorted((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ one }) => one)

const takenBy = (
  take: Phase['take'],
  left: readonly Candidate[],
  share: (percent: number) => number,
): string[] => {
  if ('labels' in take) return idsOf(left.filter((one) => hasLabels(one, take.labels)))
  return idsOf(left.slice(0, 'devices' in take ? take.devices : share(take.percent)))
}

/** Whether a device has all of these labels with these values. */
export const hasLabels = (
  { labels = {} }: Pick<Candidate, 'labels'>,
  required: Readonly<Record<string, string>>,
): boolean =>
  Object.entries(required).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value)

/** How many devices each percentage takes; to be called in the order of the phases. */
const sharesOf = (devices: number) => {
  let [percents, given] = [0, 0]
  return (percent: number): number => {
    percents += hundredths(percent)
    const target = Math.floor((percents * devices + wholeInHundredths / 2) / wholeInHundredths)
    const share = Math.max(1, target - given)
    given += share
    return share
  }
}

const idsOf = (candidates: readonly Candidate[]): string[] => candidates.map(({ deviceId }) => deviceId)

/** Phases that got no device, as errors of the input. */
export const withoutDevices = (phases: Cut['phases']): { path: string; message: string }[] =>
  phases.flatMap((ids, n) =>
    ids.length > 0 ? [] : [{ path: `phases[${n}].take`, message: 'leaves this phase no device' }],
  )
