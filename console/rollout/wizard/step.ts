import type { Faults } from '../../words/faults.ts'
import type { Draft } from '../draft.ts'

/** What each step of the wizard is given. */
export type StepProps = {
  draft: Draft
  change: (change: Partial<Draft>) => void
  /** What is wrong, once somebody wanted to go on. */
  faults: Faults
}
