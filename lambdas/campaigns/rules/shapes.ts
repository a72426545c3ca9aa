import * as z from 'zod/mini'
import { Name } from '../../http/shapes.ts'
import { Labels } from '../../upgrades/device-shapes.ts'
import { whole } from './limits.ts'
import { hundredths, wholeInHundredths } from './percent.ts'

/** The rules of a campaign, as JSON over HTTP. */

export { Pace, Window } from './limits.ts'

/** A percentage with two decimals at most. */
const percent = (min: number) =>
  z
    .number()
    .check(
      z.gte(min, `must be from ${min} to 100`),
      z.lte(100, `must be from ${min} to 100`),
      z.multipleOf(0.01, 'must have two decimals at most'),
    )

const monthSeconds = 2_592_000
const weekSeconds = 604_800

/**
 * `percent`: of all devices of the campaign. `devices`: a number of them. `labels`: all that have these. Each
 * takes only devices that no earlier phase has taken.
 */
const Take = z.union([
  z.strictObject({ percent: percent(0.01) }),
  z.strictObject({ devices: whole(1, 1_000_000) }),
  z.strictObject({
    labels: Labels.check(z.refine((labels) => Object.keys(labels).length > 0, 'names no label')),
  }),
])

/**
 * `confirmedPercent` of the phase's devices must be confirmed within `withinSeconds` of its opening, a minute
 * to 30 days. The campaign stops as soon as more than `failedAtMostPercent` have failed.
 */
const Gate = z.strictObject({
  confirmedPercent: percent(0.01),
  failedAtMostPercent: percent(0),
  withinSeconds: whole(60, monthSeconds),
})
export type Gate = z.infer<typeof Gate>

/**
 * `together`: how many devices may be open at once. `next`: whether the next phase opens when the gate is
 * passed, or needs the approval of a second person.
 */
export const Phase = z.strictObject({
  name: Name,
  take: Take,
  together: whole(1, 1000),
  gate: Gate,
  next: z.enum(['auto', 'approval'], 'must be auto or approval'),
})
export type Phase = z.infer<typeof Phase>

type Problem = { path: (string | number)[]; message: string }

/** Phases that could never get a device, and duplicate names. */
const problemsOf = (phases: readonly Phase[]): Problem[] => {
  let percents = 0
  return phases.flatMap(({ name, take }, n) => {
    const before = phases.slice(0, n)
    const isFull = percents >= wholeInHundredths
    if ('percent' in take) percents += Math.min(hundredths(take.percent), wholeInHundredths)
    return [
      ...(before.some((one) => one.name === name)
        ? [{ path: [n, 'name'], message: 'is the name of another phase' }]
        : []),
      ...('percent' in take && percents > wholeInHundredths
        ? [
            {
              path: [n, 'take', 'percent'],
              message: `brings the sum to ${percents / 100} percent, but 100 are all`,
            },
          ]
        : isFull || before.some((one) => takesAllOf(one.take, take))
          ? [{ path: [n, 'take'], message: 'leaves this phase no device: those before it take them all' }]
          : []),
    ]
  })
}

/** Whether every device with the labels of the second also has those of the first. */
const takesAllOf = (one: Phase['take'], other: Phase['take']): boolean =>
  'labels' in one &&
  'labels' in other &&
  Object.entries(one.labels).every(([key, value]) => other.labels[key] === value)

export const Phases = z
  .array(Phase)
  .check(z.minLength(1, 'must have a phase'), z.maxLength(20, 'must be 20 phases at most'))
  .check(({ value, issues }) => {
    for (const { path, message } of problemsOf(value))
      issues.push({ code: 'custom', input: value, path, message })
  })

/**
 * How often a device is tried again, and how long after its failure, a minute to a week. `codes`: the result
 * codes that are tried again. Without them: silence, and failures that may succeed unchanged the next time.
 */
export const Retry = z.strictObject({
  times: whole(1, 10),
  afterSeconds: whole(60, weekSeconds),
  codes: z.optional(
    z
      .array(whole(1, 2_147_483_647))
      .check(
        z.minLength(1, 'must have a code; without `codes` all that may succeed later are tried again'),
        z.maxLength(100, 'must be 100 codes at most'),
      ),
  ),
})
export type Retry = z.infer<typeof Retry>
