import type { Faults } from '../../words/faults.ts'
import type { Draft } from '../draft.ts'

/** The props of each step of the wizard. */
export type StepProps = {
  draft: Draft
  change: (change: Partial<Draft>) => void
  /** The faults, once the user has tried to go on. */
  faults: Faults
}
