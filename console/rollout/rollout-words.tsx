import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import type { Campaign, CampaignDryRun, CampaignSummary, Decision } from '../api/records.ts'

/** The texts for campaigns that drive their devices. */

type Meaning = { type: StatusIndicatorProps.Type; text: string }
export type RolloutState = NonNullable<Campaign['state']>
export type Phase = NonNullable<Campaign['phases']>[number]

const rolloutStates: Record<RolloutState, Meaning> = {
  draft: { type: 'pending', text: 'Draft' },
  preparing: { type: 'in-progress', text: 'Being prepared' },
  running: { type: 'in-progress', text: 'Running' },
  awaitingApproval: { type: 'warning', text: 'Awaits approval' },
  paused: { type: 'stopped', text: 'Paused' },
  stopped: { type: 'error', text: 'Stopped' },
  finished: { type: 'success', text: 'Finished' },
  aborted: { type: 'stopped', text: 'Aborted' },
}

type Standing = Pick<CampaignSummary, 'state' | 'aborted'> & {
  counted?: { devices: number; open: number } | undefined
}

/** The state of a campaign; one that only watches has finished when none of its devices is in progress. */
export const CampaignStatus = ({ of: { state, aborted, counted } }: { of: Standing }) => {
  const isOver = counted !== undefined && counted.devices > 0 && counted.open === 0
  const open: Meaning = isOver ? rolloutStates.finished : { type: 'in-progress', text: 'Open' }
  const { type, text } = aborted ? rolloutStates.aborted : state ? rolloutStates[state] : open
  return <StatusIndicator type={type}>{text}</StatusIndicator>
}

export const phaseStates: Record<Phase['state'], Meaning> = {
  waiting: { type: 'pending', text: 'Not started' },
  open: { type: 'in-progress', text: 'Open' },
  awaitingApproval: { type: 'warning', text: 'Awaits approval' },
  passed: { type: 'success', text: 'Passed' },
  notPassed: { type: 'error', text: 'Not passed' },
  done: { type: 'success', text: 'Done' },
}

export const stopReasons: Record<NonNullable<Campaign['stopped']>, string> = {
  failures: 'More devices failed than the gate of the phase allows.',
  late: 'Too few devices were confirmed within the time of the gate.',
  exhausted: 'No device is left that could be confirmed, and those that are confirmed are too few.',
}

export const events: Record<Decision['event'], string> = {
  start: 'Started',
  prepared: 'Devices divided among the phases',
  gatePassed: 'Gate passed',
  gatePassedNeedsApproval: 'Gate passed, approval awaited',
  gateFailed: 'Gate not passed',
  lastPhaseDone: 'Last phase done',
  pause: 'Paused',
  resume: 'Resumed',
  approve: 'Next phase approved',
  abort: 'Aborted',
}

/** The texts for why a device does not take part. */
export const reasonsAgainst: Record<CampaignDryRun['others'][number]['reason'], string> = {
  anotherOpen: 'Another upgrade of it is open',
  notPermitted: 'It is in another fleet',
  modelNotAllowed: 'The package is not for its model, or its model is unknown',
  noDock: 'No known dock reports for it',
  sourceNotAllowed: 'The package is not for the version that it runs',
}

/** The labels of a decision's numbers, where the name itself is not clear. */
const numberNames: Readonly<Record<string, string>> = { leftOut: 'in no phase', size: 'in the phase' }

/** `12 confirmed, 1 failed` */
export const numbersOf = ({ numbers = {} }: Decision): string =>
  Object.entries(numbers)
    .map(([name, value]) => `${value.toLocaleString('en')} ${numberNames[name] ?? name}`)
    .join(', ')

/** Whether its state may change without a user, so that polling makes sense. */
export const isMoving = ({ state, aborted }: Campaign): boolean =>
  !aborted && (state === 'preparing' || state === 'running' || state === 'awaitingApproval')

/** Whether it has reached its end. */
export const hasEnded = ({ state, aborted }: Campaign): boolean =>
  aborted !== undefined || state === 'finished'

/** Whether nothing has begun, so that there is nothing to show. */
export const isDraft = ({ state, aborted }: Campaign): boolean => state === 'draft' && !aborted
