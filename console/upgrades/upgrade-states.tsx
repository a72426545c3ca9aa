import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import type { UpgradeState } from '../api/records.ts'
import { howKnown, type Outcome } from './conclusion.ts'

type Meaning = { type: StatusIndicatorProps.Type; text: string }

/** The texts for each state of an upgrade, the most urgent first. */
export const upgradeStates: Record<UpgradeState, Meaning> = {
  timedOut: { type: 'warning', text: 'Silent' },
  failed: { type: 'error', text: 'Failed' },
  rolledBack: { type: 'error', text: 'Rolled back' },
  upgrading: { type: 'in-progress', text: 'Upgrading' },
  pending: { type: 'pending', text: 'Not started' },
  succeeded: { type: 'success', text: 'Succeeded' },
  closed: { type: 'stopped', text: 'Closed' },
}

export const statesInOrder: readonly UpgradeState[] = [
  'timedOut',
  'failed',
  'rolledBack',
  'upgrading',
  'pending',
  'succeeded',
  'closed',
]

/** Whether reports may still come. */
export const isOpen = (state: UpgradeState | undefined): boolean =>
  state === 'pending' || state === 'upgrading'

/** The texts for the evidence of the target version. */
export const evidences = {
  claimed: 'the device says so, and no target is known to compare with',
  matched: 'a report carried the target version, and nothing has contradicted it',
  confirmed: 'a version report of the device carried the target version',
} as const

export const UpgradeStatus = ({ upgrade }: { upgrade: Outcome }) => {
  const { state, evidence } = upgrade
  if (!state) return <StatusIndicator type="info">No attempt</StatusIndicator>
  const { type, text } = upgradeStates[state]
  const detail = isOpen(state) && evidence ? 'to be proved' : howKnown(upgrade)
  return (
    <StatusIndicator type={type}>
      {text}
      {detail && `, ${detail}`}
    </StatusIndicator>
  )
}
