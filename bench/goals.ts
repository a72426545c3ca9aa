import * as z from 'zod'
import { printTable } from './table.ts'

/** A figure that is wanted, and what was measured in this run. `ifMissed`: why that may be, in a sentence. */
export const Goal = z.object({
  of: z.string(),
  wanted: z.enum(['at most', 'at least', 'under']),
  limit: z.number(),
  measured: z.number(),
  ifMissed: z.string().optional(),
})
export type Goal = z.infer<typeof Goal>

export const isMet = ({ wanted, limit, measured }: Goal): boolean => {
  if (wanted === 'at least') return measured >= limit
  return wanted === 'under' ? measured < limit : measured <= limit
}

/** Missed ones are marked; a figure is judged as it is and not as it is rounded. */
export const goalsTable = (goals: readonly Goal[]): string =>
  printTable(
    ['Goal', 'wanted', 'measured', ''],
    goals.map((goal) => [
      goal.of,
      `${goal.wanted} ${goal.limit}`,
      goal.measured.toFixed(2),
      isMet(goal) ? '✓' : '✗',
    ]),
  )

/** What was missed and why, below the table. */
export const verdict = (goals: readonly Goal[]): string => {
  const missed = goals.filter((goal) => !isMet(goal))
  if (missed.length === 0) return 'All are met.'
  const why = missed.map(({ of, ifMissed }) => `- ${of}: ${ifMissed ?? 'nothing explains it.'}`)
  return [`${missed.length} of ${goals.length} are missed (✗).`, '', ...why].join('\n')
}
