import * as z from 'zod/mini'
import { Name } from '../../http/shapes.ts'
import { Labels } from '../../upgrades/device-shapes.ts'
import { whole } from './limits.ts'
import { hundredths, wholeInHundredths } from './percent.ts'

/** How a campaign goes about it, as JSON over HTTP. */

export { Pace, Window } from './limits.ts'

/** With two decimals at most. */
const percent = (least: number) =>
  z
    .number()
    .check(
      z.gte(least, `must be from ${least} to 100`),
      z.lte(100, `must be from ${least} to 100`),
      z.multipleOf(0.01, 'must have two decimals at most'),
    )

const monthSeconds = 2_592_000
const weekSeconds = 604_800

/**
 * `percent`: of all devices of the campaign. `devices`: so many. `labels`: all that have these. Each of those
 * that no phase before has taken.
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
 * to 30 days. As soon as more than `failedAtMostPercent` of them have failed the campaign stops.
 */
const Gate = z.strictObject({
  confirmedPercent: percent(0.01),
  failedAtMostPercent: percent(0),
  withinSeconds: whole(60, monthSeconds),
})
export type Gate = z.infer<typeof Gate>

/**
 * `together`: how many devices may be open at once. `next`: the next phase opens when the gate is passed, or
 * needs the word of a second person.
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

/** Phases that could not get a device, whatever devices the campaign has, and names that are given twice. */
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
        ? [{ path: [n, 'take', 'percent'], message: `makes ${percents / 100} percent together; 100 are all` }]
        : isFull || before.some((one) => takesAllOf(one.take, take))
          ? [{ path: [n, 'take'], message: 'leaves this phase no device: those before it take them all' }]
          : []),
    ]
  })
}

/** Whether whoever has the labels of the second has those of the first, too. */
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
 * How often a device is tried again, and how long after it failed, a minute to a week. `codes`: of the
 * device's result codes. Without them, what can go well unchanged the next time, and silence.
 */
export const Retry = z.strictObject({
  times: whole(1, 10),
  afterSeconds: whole(60, weekSeconds),
  codes: z.optional(
    z
      .array(whole(1, 2_147_483_647))
      .check(
        z.minLength(1, 'must have a code; without `codes` all that can pass are tried again'),
        z.maxLength(100, 'must be 100 codes at most'),
      ),
  ),
})
export type Retry = z.infer<typeof Retry>
