import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { newPhase, type PhaseDraft } from '../draft.ts'
import { percentTaken } from '../draft-faults.ts'
import { PhaseFields } from './phase-fields.tsx'
import type { StepProps } from './step.ts'

const mostPhases = 20

/** The phases' share of the devices, if it is known before there are devices. */
const sumOf = (phases: readonly PhaseDraft[]): string => {
  if (phases.some(({ take }) => take !== 'percent'))
    return 'Each phase takes from the devices that are left by the phases before it.'
  const taken = percentTaken(phases)
  const left = Math.round((100 - taken) * 100) / 100
  return left > 0
    ? `${taken} % of the devices take part; ${left} % are in no phase.`
    : 'All devices take part.'
}

/** The phases of a campaign, one after another. */
export const PhasesStep = ({ draft: { phases }, change, faults }: StepProps) => {
  const set = (next: readonly PhaseDraft[]) => change({ phases: next })
  return (
    <SpaceBetween size="m">
      {phases.map((phase, n) => (
        <PhaseFields
          key={phase.key}
          phase={phase}
          faults={faults}
          place={n}
          isLast={n === phases.length - 1}
          change={(more) => set(phases.map((one) => (one === phase ? { ...one, ...more } : one)))}
          remove={phases.length > 1 ? () => set(phases.filter((one) => one !== phase)) : undefined}
        />
      ))}
      <Button
        iconName="add-plus"
        disabled={phases.length >= mostPhases}
        onClick={() => set([...phases, newPhase({ amount: '' })])}
      >
        Add a phase
      </Button>
      {faults.phases ? (
        <Alert type="error">{faults.phases}</Alert>
      ) : (
        <Box color="text-body-secondary">{sumOf(phases)}</Box>
      )}
    </SpaceBetween>
  )
}
