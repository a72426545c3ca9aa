import type { Usage } from '../test/support/table.ts'

/** Read and write units, including those of indexes: DynamoDB charges for each index that a write changes. */
export type Spent = { write: number; read: number }

export const unitsOf = ({ units, indexUnits = 0 }: Pick<Usage, 'units' | 'indexUnits'>): number =>
  units + indexUnits

export const spentBy = (used: readonly Pick<Usage, 'kind' | 'units' | 'indexUnits'>[]): Spent => {
  const spent = { write: 0, read: 0 }
  for (const usage of used) spent[usage.kind] += unitsOf(usage)
  return spent
}
