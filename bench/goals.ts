import { printTable } from './table.ts'

/** A figure that is wanted, and what was measured in this run. */
export type Goal = { of: string; wanted: 'at most' | 'at least' | 'under'; limit: number; measured: number }

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
