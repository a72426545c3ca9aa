import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import type { UpgradeAttempt, UpgradeState } from '../api/records.ts'

type Meaning = { type: StatusIndicatorProps.Type; text: string }

/** Every state of an upgrade as people say it, those first that need somebody. */
export const upgradeStates: Record<UpgradeState, Meaning> = {
  timedOut: { type: 'warning', text: 'Silent' },
  failed: { type: 'error', text: 'Failed' },
  upgrading: { type: 'in-progress', text: 'Upgrading' },
  pending: { type: 'pending', text: 'Not begun' },
  succeeded: { type: 'success', text: 'Succeeded' },
  closed: { type: 'stopped', text: 'Closed' },
}

const order: readonly UpgradeState[] = ['timedOut', 'failed', 'upgrading', 'pending', 'succeeded', 'closed']
export const statesInOrder = order

export const isUpgradeState = (value: string | undefined): value is UpgradeState =>
  value !== undefined && Object.hasOwn(upgradeStates, value)

/** Whether reports may still come. */
export const isOpen = (state: UpgradeState | undefined): boolean =>
  state === 'pending' || state === 'upgrading'

/** How we know that an upgrade succeeded. */
export const evidences = {
  claimed: 'the device says so, and no target is known to compare with',
  matched: 'a progress report carried the target version',
  confirmed: 'a version report of the device carried the target version',
} as const

type Told = Pick<UpgradeAttempt, 'rolledBack'> & Partial<Pick<UpgradeAttempt, 'state' | 'evidence'>>

export const UpgradeStatus = ({ upgrade: { state, evidence, rolledBack } }: { upgrade: Told }) => {
  if (!state) return <StatusIndicator type="info">Nothing expected</StatusIndicator>
  if (rolledBack) return <StatusIndicator type="error">Succeeded, then rolled back</StatusIndicator>
  const { type, text } = upgradeStates[state]
  return (
    <StatusIndicator type={type}>
      {text}
      {evidence && `, ${evidence}`}
    </StatusIndicator>
  )
}
