import * as z from 'zod'
import { printTable } from './table.ts'

/** A goal, and the figure measured in this run. `ifMissed`: the possible reason, in a sentence. */
export const Goal = z.object({
  of: z.string(),
  bound: z.enum(['at most', 'at least', 'under']),
  limit: z.number(),
  measured: z.number(),
  ifMissed: z.string().optional(),
})
export type Goal = z.infer<typeof Goal>

export const isMet = ({ bound, limit, measured }: Goal): boolean => {
  if (bound === 'at least') return measured >= limit
  return bound === 'under' ? measured < limit : measured <= limit
}

/** Marks missed goals; compares the exact figure, not the rounded one. */
export const goalsTable = (goals: readonly Goal[]): string =>
  printTable(
    ['Goal', 'target', 'measured', ''],
    goals.map((goal) => [
      goal.of,
      `${goal.bound} ${goal.limit}`,
      goal.measured.toFixed(2),
      isMet(goal) ? '✓' : '✗',
    ]),
  )

/** The missed goals and the reasons, below the table. */
export const verdict = (goals: readonly Goal[]): string => {
  const missed = goals.filter((goal) => !isMet(goal))
  if (missed.length === 0) return 'All are met.'
  const why = missed.map(({ of, ifMissed }) => `- ${of}: ${ifMissed ?? 'nothing explains it.'}`)
  return [`${missed.length} of ${goals.length} are missed (✗).`, '', ...why].join('\n')
}
