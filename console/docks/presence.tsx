import Box from '@cloudscape-design/components/box'
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import type { Dock } from '../api/records.ts'
import { Time } from '../words/time.tsx'

export type Presence = NonNullable<Dock['presence']>
export type PresenceState = Presence['state']

type Meaning = { type: StatusIndicatorProps.Type; text: string }

/** The texts for a dock's presence. */
export const presenceStates: Record<PresenceState, Meaning> = {
  online: { type: 'success', text: 'Online' },
  offline: { type: 'stopped', text: 'Offline' },
  unknown: { type: 'pending', text: 'Unknown' },
}

export const isPresenceState = (value: string | undefined): value is PresenceState =>
  value !== undefined && Object.hasOwn(presenceStates, value)

/** The texts for the sign of a presence. */
const presenceSources: Record<NonNullable<Presence['source']>, string> = {
  connection: 'its own connection',
  relay: 'the relay at its broker',
  topology: 'its report on its aircraft',
}

export const modeNames: Record<NonNullable<Presence['mode']>, string> = {
  idle: 'Idle',
  onSiteDebugging: 'On-site debugging',
  remoteDebugging: 'Remote debugging',
  upgrading: 'Upgrading its firmware',
  working: 'At work',
  uncalibrated: 'Needs calibration',
}

export const PresenceIndicator = ({ state = 'unknown' }: { state?: PresenceState | undefined }) => (
  <StatusIndicator type={presenceStates[state].type}>{presenceStates[state].text}</StatusIndicator>
)

/** A presence with its time and sign. */
export const PresenceKnown = ({ presence }: { presence: Presence }) => (
  <>
    <PresenceIndicator state={presence.state} />
    {presence.source && (
      <Box fontSize="body-s" color="text-body-secondary">
        <div>
          since <Time at={presence.since} />
        </div>
        <div>by {presenceSources[presence.source]}</div>
      </Box>
    )}
  </>
)
